// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/**
 * @title The public anchor of one append-only log
 * @notice Keeps every published (size, root) of one RFC 6962 log together with the block and time it was accepted in,
 * and accepts a new one only with an RFC 9162 consistency proof from the one before: whoever holds the anchorer key can
 * extend the anchored history, and nobody can rewrite it.
 *
 * It does not know whether the log's own key signed a root, nor whether entries are public or true. Verifiers pin this
 * contract by the log id and ask for the signed checkpoint as well.
 *
 * @dev The Merkle code is written in assembly because a proof is hashed by the SHA-256 precompile, once or twice per
 * proof hash: each call reuses a prepared 65-byte buffer (prefix, left, right) whose result lands where the next call
 * needs it. Reads past the end of a proof see other calldata or zeros and do no harm: the sizes alone decide how many
 * hashes are read (at most 54 each for a consistency and an inclusion proof), and that number is compared with the
 * proof's length before any root is.
 */
contract TrustAnchor {
    /// @dev What `anchor` reads and writes every time, in one slot. Sizes stay below 2^53, and 2^40 anchors at over
    /// 50,000 gas each fit into no chain.
    struct Head {
        address anchorer;
        uint56 size;
        uint40 count;
    }

    /// @dev The largest integer that is exact in every language that reads the log: 2^53 - 1.
    uint256 private constant SIZE_MAX = (1 << 53) - 1;

    /// @dev A record is 128 bits, so that two share a slot: size (54 bits, lowest), block time (37), block number (37).
    /// 37 bits of seconds last for 4,000 years; a block number above 2^37 would lose its upper bits, and is only shown.
    uint256 private constant TIME_SHIFT = 54;
    uint256 private constant BLOCK_SHIFT = 91;
    uint256 private constant SIZE_MASK = (1 << 54) - 1;
    uint256 private constant FIELD_MASK = (1 << 37) - 1;

    /// @notice The log's name: the first line of its checkpoints.
    string public origin;

    /// @notice Who may replace the anchorer.
    address public owner;

    /// @notice Who may accept the ownership, or zero.
    address public pendingOwner;

    Head internal _head;

    /// @dev The root of each anchored size. No root is zero, so zero means never anchored.
    mapping(uint256 size => bytes32 root) internal _roots;

    /// @dev Anchors 2k (lower half) and 2k + 1 (upper half) at key k.
    mapping(uint256 pair => uint256 records) internal _records;

    event Anchored(uint64 indexed size, bytes32 root);
    event AnchorerChanged(address indexed from, address indexed to);
    event OwnershipTransferStarted(address indexed from, address indexed to);
    event OwnershipTransferred(address indexed from, address indexed to);

    error NotOwner();
    error NotPendingOwner();
    error NotAnchorer();
    error SizeOutOfRange();
    error ZeroRoot();
    error RootMismatch();
    error SizeNotGreater();
    error MalformedProof();
    error InconsistentRoot();

    modifier onlyOwner() {
        if (msg.sender != owner) revert NotOwner();
        _;
    }

    /// @param logOrigin the log's name, fixed for ever
    /// @param firstAnchorer who may anchor; zero starts the contract paused
    constructor(string memory logOrigin, address firstAnchorer) {
        origin = logOrigin;
        owner = msg.sender;
        _head.anchorer = firstAnchorer;
        emit OwnershipTransferred(address(0), msg.sender);
        emit AnchorerChanged(address(0), firstAnchorer);
    }

    // Roles

    /// @notice Who may anchor; zero while paused.
    function anchorer() external view returns (address) {
        return _head.anchorer;
    }

    /// @notice Offers the ownership. In two steps, so that a mistyped address cannot take it; zero withdraws an offer.
    function transferOwnership(address newOwner) external onlyOwner {
        pendingOwner = newOwner;
        emit OwnershipTransferStarted(owner, newOwner);
    }

    /// @notice Takes over the ownership that was offered to the sender.
    function acceptOwnership() external {
        if (msg.sender != pendingOwner) revert NotPendingOwner();
        emit OwnershipTransferred(owner, msg.sender);
        owner = msg.sender;
        delete pendingOwner;
    }

    /// @notice Replaces the anchorer, for instance after its key was stolen; zero pauses anchoring.
    function setAnchorer(address newAnchorer) external onlyOwner {
        emit AnchorerChanged(_head.anchorer, newAnchorer);
        _head.anchorer = newAnchorer;
    }

    // Anchoring

    /**
     * @notice Publishes the root of the log at `size`.
     * @dev The order of the checks is part of the interface: off-chain code predicts the answer by the same order.
     * The latest anchor sent again changes nothing and succeeds whatever its proof, because a transaction that is sent
     * twice still carries the proof from the size before.
     * @param proof the RFC 9162 section 2.1.4 consistency proof from the latest anchored size; empty for the first
     */
    function anchor(uint64 size, bytes32 root, bytes32[] calldata proof) external {
        Head memory head = _head;
        // The zero address sends no transaction, but a simulated call may come from it: paused is paused there too.
        if (msg.sender != head.anchorer || msg.sender == address(0)) revert NotAnchorer();
        if (size == 0 || size > SIZE_MAX) revert SizeOutOfRange();
        if (root == 0) revert ZeroRoot();
        if (size == head.size) {
            if (root != _roots[size]) revert RootMismatch();
            return;
        }
        if (size < head.size) revert SizeNotGreater();
        if (head.count == 0) {
            if (proof.length != 0) revert MalformedProof();
        } else {
            _requireConsistent(head.size, _roots[head.size], size, root, proof);
        }
        _append(head, size, root);
    }

    /// @dev Stores the anchor: its root, half a slot of size, block and time, and the head.
    function _append(Head memory head, uint64 size, bytes32 root) private {
        uint256 record =
            uint128(uint256(size) | (block.timestamp << TIME_SHIFT) | (block.number << BLOCK_SHIFT));
        uint256 k = head.count;
        if (k & 1 == 0) _records[k >> 1] = record;
        else _records[k >> 1] |= record << 128;
        _roots[size] = root;
        head.size = uint56(size);
        // Cannot overflow: see Head.
        unchecked {
            ++head.count;
        }
        _head = head;
        emit Anchored(size, root);
    }

    // Reading

    /// @notice The newest anchor; zeros before the first.
    function latest() external view returns (uint64 size, bytes32 root, uint64 blockNumber, uint64 timestamp) {
        uint256 count = _head.count;
        if (count == 0) return (0, 0, 0, 0);
        // count > 0.
        unchecked {
            return _anchorByNumber(count - 1);
        }
    }

    /// @notice The anchor of exactly this size; zeros if there is none.
    function anchorAt(uint64 size) external view returns (bytes32 root, uint64 blockNumber, uint64 timestamp) {
        root = _roots[size];
        if (root == 0) return (0, 0, 0);
        // Sizes ascend with the number, and this one is there: search it among the numbers low..high.
        uint256 low = 0;
        uint256 high = uint256(_head.count) - 1;
        while (low < high) {
            uint256 middle = (low + high) >> 1;
            if (_record(middle) & SIZE_MASK < size) low = middle + 1;
            else high = middle;
        }
        (, , blockNumber, timestamp) = _anchorByNumber(low);
    }

    /// @notice How many anchors there are.
    function anchorCount() external view returns (uint64) {
        return _head.count;
    }

    /// @notice The anchor number k, the first being 0; zeros if there are not so many.
    function anchorByNumber(uint64 k)
        external
        view
        returns (uint64 size, bytes32 root, uint64 blockNumber, uint64 timestamp)
    {
        if (k >= _head.count) return (0, 0, 0, 0);
        return _anchorByNumber(k);
    }

    function _anchorByNumber(uint256 k)
        private
        view
        returns (uint64 size, bytes32 root, uint64 blockNumber, uint64 timestamp)
    {
        uint256 record = _record(k);
        size = uint64(record & SIZE_MASK);
        root = _roots[size];
        blockNumber = uint64(record >> BLOCK_SHIFT);
        timestamp = uint64((record >> TIME_SHIFT) & FIELD_MASK);
    }

    function _record(uint256 k) private view returns (uint256) {
        uint256 pair = _records[k >> 1];
        return k & 1 == 0 ? uint128(pair) : pair >> 128;
    }

    // Proofs

    /**
     * @notice Whether the entry with this leaf hash stands at `index` in the log as anchored at `size`, by RFC 9162
     * section 2.1.3.2.
     * @dev False for whatever is wrong, and for a size that was never anchored. It reverts only when the SHA-256
     * precompile does (too little gas), because then the answer is not known.
     */
    function verifyInclusion(bytes32 leafHash, uint64 index, uint64 size, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 root = _roots[size];
        if (root == 0 || index >= size) return false;
        (bool complete, bytes32 computed) = _foldInclusion(leafHash, index, size, proof);
        return complete && computed == root;
    }

    /// @dev The root as an inclusion proof gives it, and whether the proof has exactly the hashes it needs. Demands
    /// index < size.
    function _foldInclusion(bytes32 leafHash, uint256 index, uint256 size, bytes32[] calldata proof)
        private
        view
        returns (bool complete, bytes32 computed)
    {
        assembly ("memory-safe") {
            // One buffer behind the free pointer m: 0x01 at m + 31, left child at m + 32, right child at m + 64.
            let input := add(mload(0x40), 31)
            let left := add(input, 1)
            let right := add(input, 33)
            mstore8(input, 1)
            computed := leafHash
            let next := proof.offset
            let hashed := 1
            // fn and sn are the indexes of the path and of the right edge, level by level, as in the RFC. Below the
            // level where they meet, the lowest bit says on which side the sibling stands.
            let fn := index
            let sn := sub(size, 1)
            for {} xor(fn, sn) {} {
                switch and(fn, 1)
                case 0 {
                    mstore(left, computed)
                    mstore(right, calldataload(next))
                }
                default {
                    mstore(left, calldataload(next))
                    mstore(right, computed)
                }
                hashed := and(staticcall(gas(), 2, input, 65, left, 32), hashed)
                computed := mload(left)
                next := add(next, 32)
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            // From there on the path is the right edge: one left sibling per set bit, and each round clears the lowest.
            for {} fn {} {
                mstore(left, calldataload(next))
                mstore(right, computed)
                hashed := and(staticcall(gas(), 2, input, 65, left, 32), hashed)
                computed := mload(left)
                next := add(next, 32)
                fn := and(fn, sub(fn, 1))
            }
            // As in _foldConsistency; a tree of one entry needs no hash.
            if iszero(and(hashed, or(eq(size, 1), eq(returndatasize(), 32)))) { revert(0, 0) }
            complete := eq(next, add(proof.offset, shl(5, proof.length)))
        }
    }

    /**
     * @dev Reverts unless the tree of `to` entries and root `toRoot` extends the one of `from` entries and root
     * `fromRoot`, by RFC 9162 section 2.1.4.2. Demands 0 < from < to < 2^64.
     */
    function _requireConsistent(uint256 from, bytes32 fromRoot, uint256 to, bytes32 toRoot, bytes32[] calldata proof)
        internal
        view
    {
        (bool complete, bytes32 computedFrom, bytes32 computedTo) = _foldConsistency(from, fromRoot, to, proof);
        if (!complete) revert MalformedProof();
        if (computedFrom != fromRoot || computedTo != toRoot) revert InconsistentRoot();
    }

    /// @dev Both roots as a consistency proof gives them, and whether the proof has exactly the hashes it needs.
    function _foldConsistency(uint256 from, bytes32 fromRoot, uint256 to, bytes32[] calldata proof)
        private
        view
        returns (bool complete, bytes32 computedFrom, bytes32 computedTo)
    {
        assembly ("memory-safe") {
            // The path begins at the last perfect subtree of the old tree: as many levels up as `from` has zeros at
            // its end. fn and sn are its indexes on that level in either tree, as in the RFC.
            let sn := and(from, sub(0, from))
            let fn := div(sub(from, 1), sn)
            sn := div(sub(to, 1), sn)
            let next := proof.offset
            // If that subtree is the whole old tree, its hash is the old root, which no proof repeats.
            computedFrom := fromRoot
            if fn {
                computedFrom := calldataload(next)
                next := add(next, 32)
            }

            // Two buffers behind the free pointer m, the old tree's and the new tree's:
            //   0x01 at m + 31,  left child at m + 32,  right child (the path in the old tree) at m + 64;
            //   0x01 at m + 127, left child at m + 128, right child (the path in the new tree) at m + 160.
            let oldInput := add(mload(0x40), 31)
            let oldLeft := add(oldInput, 1)
            let oldPath := add(oldInput, 33)
            let newInput := add(oldInput, 96)
            let newLeft := add(newInput, 1)
            let newPath := add(newInput, 33)
            mstore8(oldInput, 1)
            mstore8(newInput, 1)
            mstore(oldPath, computedFrom)
            mstore(newPath, computedFrom)

            let hashed := 1
            // Below the level where both paths meet: a left sibling belongs to both trees, a right one to the new only.
            for {} xor(fn, sn) {} {
                let sibling := calldataload(next)
                switch and(fn, 1)
                case 0 {
                    mstore(newLeft, mload(newPath))
                    mstore(newPath, sibling)
                }
                default {
                    mstore(oldLeft, sibling)
                    mstore(newLeft, sibling)
                    hashed := and(staticcall(gas(), 2, oldInput, 65, oldPath, 32), hashed)
                }
                hashed := and(staticcall(gas(), 2, newInput, 65, newPath, 32), hashed)
                next := add(next, 32)
                fn := shr(1, fn)
                sn := shr(1, sn)
            }
            // From there on both are the right edge: one left sibling per set bit, and each round clears the lowest.
            for {} fn {} {
                let sibling := calldataload(next)
                mstore(oldLeft, sibling)
                mstore(newLeft, sibling)
                hashed := and(staticcall(gas(), 2, oldInput, 65, oldPath, 32), hashed)
                hashed := and(staticcall(gas(), 2, newInput, 65, newPath, 32), hashed)
                next := add(next, 32)
                fn := and(fn, sub(fn, 1))
            }
            // Nothing may be concluded from a hash that was not computed. A chain without the precompile answers the
            // call with success and no bytes. At least one hash was asked for, because from < to.
            if iszero(and(hashed, eq(returndatasize(), 32))) { revert(0, 0) }
            complete := eq(next, add(proof.offset, shl(5, proof.length)))
            computedFrom := mload(oldPath)
            computedTo := mload(newPath)
        }
    }
}
