#include "frontend/weights/pickle.h"

#include <bit>
#include <map>
#include <optional>

#include "base/text.h"

namespace hone::weights {
namespace {

using Kind = PickleNode::Kind;

// Opcodes by the names that pickletools.py gives them.
enum Op : uint8_t {
  kMark = '(',
  kStop = '.',
  kBinInt = 'J',
  kBinInt1 = 'K',
  kBinInt2 = 'M',
  kNone = 'N',
  kBinPersId = 'Q',
  kReduce = 'R',
  kBinUnicode = 'X',
  kBinFloat = 'G',
  kAppend = 'a',
  kBuild = 'b',
  kGlobal = 'c',
  kAppends = 'e',
  kBinGet = 'h',
  kLongBinGet = 'j',
  kBinPut = 'q',
  kLongBinPut = 'r',
  kSetItem = 's',
  kTuple = 't',
  kSetItems = 'u',
  kEmptyDict = '}',
  kEmptyList = ']',
  kEmptyTuple = ')',
  kProto = 0x80,
  kNewObj = 0x81,
  kTuple1 = 0x85,
  kTuple2 = 0x86,
  kTuple3 = 0x87,
  kNewTrue = 0x88,
  kNewFalse = 0x89,
  kLong1 = 0x8a,
};

constexpr size_t kMaxName = 256;

class Machine {
 public:
  explicit Machine(ByteReader& reader) : reader_(reader) {}

  Expected<Pickle> run() {
    for (size_t steps = 0; steps < kMaxPickleSteps; ++steps) {
      const uint8_t op = reader_.u8();
      HONE_RETURN_IF_ERROR(reader_.status());
      if (op == kStop) {
        pickle_.root = pop();
        if (!ok_) return damaged();
        return std::move(pickle_);
      }
      if (Status status = step(op); !status) return std::unexpected(std::move(status).error());
      if (!ok_ || !reader_.ok()) return damaged();
    }
    return fail(Code::limit_exceeded, "the pickle has more than ", kMaxPickleSteps, " steps");
  }

 private:
  static std::unexpected<Error> damaged() {
    return fail(Code::corrupt, "the pickle makes no sense; the file is damaged");
  }

  Status step(uint8_t op) {
    switch (op) {
      case kProto:
        return check_protocol();
      case kMark:
        marks_.push_back(stack_.size());
        return {};
      case kBuild:  // attributes of an object; tensors have none that matter here
        pop();
        return {};
      case kReduce:
      case kNewObj:
        return join(2, Kind::call);
      case kBinPersId:
        return join(1, Kind::persistent);
      case kGlobal:
        return push_name();
      case kTuple:
        return join(above_mark(), Kind::tuple);
      case kTuple1:
      case kTuple2:
      case kTuple3:
        return join(op - kTuple1 + 1u, Kind::tuple);
      case kAppend:
      case kSetItem:
        return op == kAppend ? add_items(1, Kind::list) : add_items(2, Kind::dict);
      case kAppends:
      case kSetItems:
        return add_items(above_mark(), op == kAppends ? Kind::list : Kind::dict);
      case kBinPut:
        return put(reader_.u8());
      case kLongBinPut:
        return put(reader_.u32());
      case kBinGet:
        return get(reader_.u8());
      case kLongBinGet:
        return get(reader_.u32());
      default:
        return push_value(op);
    }
  }

  Status push_value(uint8_t op) {
    switch (op) {
      case kNone:
        return push({});
      case kNewTrue:
      case kNewFalse:
        return push({.kind = Kind::boolean, .integer = op == kNewTrue});
      case kBinInt:
        return push({.kind = Kind::integer, .integer = reader_.read<int32_t>()});
      case kBinInt1:
        return push({.kind = Kind::integer, .integer = reader_.u8()});
      case kBinInt2:
        return push({.kind = Kind::integer, .integer = reader_.u16()});
      case kLong1:
        return push_long();
      case kBinFloat:
        return push(
            {.kind = Kind::real, .real = std::bit_cast<double>(__builtin_bswap64(reader_.u64()))});
      case kBinUnicode:
        return push({.kind = Kind::text, .text = reader_.text(reader_.u32())});
      case kEmptyTuple:
        return push({.kind = Kind::tuple});
      case kEmptyList:
        return push({.kind = Kind::list});
      case kEmptyDict:
        return push({.kind = Kind::dict});
      default:
        return fail(Code::unsupported, "the pickle holds opcode ", int{op},
                    ", which a state dict of tensors does not need");
    }
  }

  Status check_protocol() {
    const int protocol = reader_.u8();
    if (protocol == 2) return {};
    return fail(Code::unsupported, "the pickle is of protocol ", protocol,
                "; hone reads protocol 2, which torch.save writes unless it is told otherwise");
  }

  // Little endian, two's complement.
  Status push_long() {
    const Bytes bytes = reader_.take(reader_.u8());
    if (bytes.size() > 8) return push({.kind = Kind::integer, .text = as_text(bytes)});
    uint64_t value = !bytes.empty() && (bytes.back() >> 7) != std::byte{0} ? ~uint64_t{0} : 0;
    for (size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<uint8_t>(bytes[i]);
    return push({.kind = Kind::integer, .integer = static_cast<int64_t>(value)});
  }

  Status push_name() {
    const std::string_view module = line(), attribute = line();
    return push({.kind = Kind::name, .text = module, .attribute = attribute});
  }

  std::string_view line() {
    ByteReader ahead = reader_;
    size_t size = 0;
    while (ahead.ok() && size <= kMaxName && ahead.u8() != '\n') ++size;
    if (!ahead.ok() || size > kMaxName) ok_ = false;
    const std::string_view text = reader_.text(size);
    reader_.skip(1);
    return text;
  }

  Status push(PickleNode node) {
    stack_.push_back(static_cast<int32_t>(pickle_.nodes.size()));
    pickle_.nodes.push_back(std::move(node));
    return {};
  }

  int32_t pop() {
    const size_t least = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() <= least) {
      ok_ = false;
      return -1;
    }
    const int32_t node = stack_.back();
    stack_.pop_back();
    return node;
  }

  // How many nodes stand above the last mark, which goes.
  size_t above_mark() {
    if (marks_.empty()) {
      ok_ = false;
      return 0;
    }
    const size_t count = stack_.size() - marks_.back();
    marks_.pop_back();
    return count;
  }

  // The last nodes, in order.
  std::vector<int32_t> take(size_t count) {
    const size_t least = marks_.empty() ? 0 : marks_.back();
    if (!ok_ || count > stack_.size() - least) {
      ok_ = false;
      return {};
    }
    const auto from = stack_.end() - static_cast<std::ptrdiff_t>(count);
    std::vector<int32_t> nodes(from, stack_.end());
    stack_.erase(from, stack_.end());
    return nodes;
  }

  Status join(size_t count, Kind kind) { return push({.kind = kind, .items = take(count)}); }

  // Into the list below them, or the dict, which an object may be, too.
  Status add_items(size_t count, Kind kind) {
    const std::vector<int32_t> added = take(count);
    const int32_t target = pop();
    if (!ok_) return {};
    stack_.push_back(target);
    PickleNode& node = pickle_.nodes[static_cast<size_t>(target)];
    const bool object = kind == Kind::dict && node.kind == Kind::call;
    if (node.kind != kind && !object) ok_ = false;
    if (kind == Kind::dict && count % 2 != 0) ok_ = false;
    node.items.insert(node.items.end(), added.begin(), added.end());
    return {};
  }

  Status put(uint32_t index) {
    if (stack_.empty()) ok_ = false;
    if (ok_) memo_[index] = stack_.back();
    return {};
  }

  Status get(uint32_t index) {
    const auto found = memo_.find(index);
    if (found == memo_.end()) {
      ok_ = false;
      return {};
    }
    stack_.push_back(found->second);
    return {};
  }

  ByteReader& reader_;
  Pickle pickle_;
  std::vector<int32_t> stack_;
  std::vector<size_t> marks_;  // sizes of the stack
  std::map<uint32_t, int32_t> memo_;
  bool ok_ = true;
};

}  // namespace

Expected<Pickle> read_pickle(ByteReader& reader) { return Machine(reader).run(); }

}  // namespace hone::weights
