// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TrustAnchor} from "../../contracts/TrustAnchor.sol";

/// @dev The consistency check by itself, as a transaction.
contract CheckHarness is TrustAnchor("gas.example/log", address(1)) {
    function check(uint64 from, bytes32 fromRoot, uint64 to, bytes32 toRoot, bytes32[] calldata proof) external view {
        _requireConsistent(from, fromRoot, to, toRoot, proof);
    }
}

/// @dev The same function without a body in a contract of the same shape: what is left when its gas is subtracted is
/// the check, without dispatch, argument decoding, calldata and the transaction itself.
contract EmptyHarness is TrustAnchor("gas.example/log", address(1)) {
    function check(uint64 from, bytes32 fromRoot, uint64 to, bytes32 toRoot, bytes32[] calldata proof) external view {}
}
