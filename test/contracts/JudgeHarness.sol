// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {TrustAnchor} from "../../contracts/TrustAnchor.sol";

/// @dev Puts thousands of claims to the real functions in one call: for each it makes the state that the claim starts
/// from, asks, notes the answer and clears up.
contract JudgeHarness is TrustAnchor("judge.example/log", address(0)) {
    struct Consistency {
        uint64 from;
        bytes32 fromRoot;
        uint64 to;
        bytes32 toRoot;
        bytes32[] proof;
    }

    struct Inclusion {
        bytes32 leafHash;
        uint64 index;
        uint64 size;
        bytes32 root;
        bytes32[] proof;
    }

    /// @return answers zero where `anchor` accepted, else the first four bytes of its refusal (ffffffff if it gave none)
    function judgeConsistency(Consistency[] calldata claims) external returns (bytes4[] memory answers) {
        answers = new bytes4[](claims.length);
        for (uint256 i = 0; i < claims.length; i++) {
            Consistency calldata claim = claims[i];
            _head = Head(address(this), uint56(claim.from), claim.from == 0 ? 0 : 1);
            _roots[claim.from] = claim.fromRoot;
            try this.anchor(claim.to, claim.toRoot, claim.proof) {
                if (_head.size != claim.to || _roots[claim.to] != claim.toRoot) answers[i] = 0xeeeeeeee;
            } catch (bytes memory reason) {
                answers[i] = reason.length < 4 ? bytes4(0xffffffff) : bytes4(reason);
            }
            delete _roots[claim.from];
            delete _roots[claim.to];
        }
    }

    function judgeInclusion(Inclusion[] calldata claims) external returns (bool[] memory answers) {
        answers = new bool[](claims.length);
        for (uint256 i = 0; i < claims.length; i++) {
            Inclusion calldata claim = claims[i];
            _roots[claim.size] = claim.root;
            answers[i] = this.verifyInclusion(claim.leafHash, claim.index, claim.size, claim.proof);
            delete _roots[claim.size];
        }
    }
}
