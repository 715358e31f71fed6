#include "media/npy.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <limits>
#include <optional>
#include <string_view>

#include "base/file.h"
#include "base/text.h"
#include "tensor/float.h"

namespace hone {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kAlignment = 64;  // of the data in files that NumPy writes

struct TypeCode {
  std::string_view code;  // without the sign of the byte order
  DType dtype;
};
constexpr std::array<TypeCode, 12> kTypeCodes = {{
    {"f2", DType::f16},
    {"f4", DType::f32},
    {"f8", DType::f64},
    {"i1", DType::i8},
    {"i2", DType::i16},
    {"i4", DType::i32},
    {"i8", DType::i64},
    {"u1", DType::u8},
    {"u2", DType::u16},
    {"u4", DType::u32},
    {"u8", DType::u64},
    {"b1", DType::boolean},
}};

enum class ByteOrder : uint8_t { little, big };
enum class AxisOrder : uint8_t { c, fortran };

struct Header {
  std::optional<DType> dtype;
  std::optional<std::vector<int64_t>> shape;
  std::optional<AxisOrder> axes;
  ByteOrder byte_order = ByteOrder::little;
};

// Reads the header's Python dictionary: {'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }
class HeaderParser {
 public:
  explicit HeaderParser(std::string_view text) : rest_(text) {}

  Expected<Header> parse() {
    if (!accept('{')) return malformed("no '{'");
    while (!accept('}')) {
      HONE_RETURN_IF_ERROR(entry());
      if (accept(',')) continue;
      if (!accept('}')) return malformed("no ',' or '}' after a value");
      break;
    }
    skip_space();
    if (!rest_.empty()) return malformed("text after '}'");
    if (!header_.dtype || !header_.shape || !header_.axes) {
      return malformed("one of 'descr', 'fortran_order' and 'shape' is missing");
    }
    return std::move(header_);
  }

 private:
  static std::unexpected<Error> malformed(std::string_view why) {
    return fail(Code::corrupt, "the header of the .npy file is malformed: ", why);
  }

  void skip_space() {
    const size_t at = rest_.find_first_not_of(" \t\r\n");
    rest_.remove_prefix(std::min(at, rest_.size()));
  }
  bool accept(char sign) {
    skip_space();
    if (!rest_.starts_with(sign)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  bool accept_word(std::string_view word) {
    skip_space();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  Expected<std::string_view> string() {
    skip_space();
    const char quote = rest_.empty() ? '\0' : rest_[0];
    if (quote == '[' || quote == '(') {
      return fail(Code::unsupported, "the array has named fields; save one field as plain numbers");
    }
    if (quote != '\'' && quote != '"') return malformed("a text in quotes is missing");
    const size_t end = rest_.find(quote, 1);
    if (end == rest_.npos) return malformed("a text does not end");
    const std::string_view text = rest_.substr(1, end - 1);
    rest_.remove_prefix(end + 1);
    return text;
  }

  Status entry() {
    HONE_TRY(const std::string_view key, string());
    if (!accept(':')) return malformed("no ':' after a key");
    if (key == "descr") return descr();
    if (key == "fortran_order") return fortran_order();
    if (key == "shape") return shape();
    return malformed(cat("unknown key '", printable(key, 40), "'"));
  }

  Status descr() {
    HONE_TRY(const std::string_view text, string());
    std::string_view code = text;
    if (!code.empty() && std::string_view("<>|=").contains(code[0])) {
      if (code[0] == '>') header_.byte_order = ByteOrder::big;
      code.remove_prefix(1);
    }
    const auto* type = std::ranges::find(kTypeCodes, code, &TypeCode::code);
    if (type == kTypeCodes.end()) {
      return fail(Code::unsupported, "elements of type '", printable(text, 40),
                  "' are not read; save the array as floats, integers or booleans");
    }
    header_.dtype = type->dtype;
    return {};
  }

  Status fortran_order() {
    if (accept_word("True")) {
      header_.axes = AxisOrder::fortran;
    } else if (accept_word("False")) {
      header_.axes = AxisOrder::c;
    } else {
      return malformed("'fortran_order' is neither True nor False");
    }
    return {};
  }

  Status shape() {
    if (!accept('(')) return malformed("no '(' before the shape");
    std::vector<int64_t> sizes;
    while (!accept(')')) {
      if (sizes.size() == kMaxNpyRank) {
        return fail(Code::limit_exceeded, "the array has more than ", kMaxNpyRank, " dimensions");
      }
      HONE_TRY(sizes.emplace_back(), number());
      if (accept(',')) continue;
      if (!accept(')')) return malformed("no ',' or ')' in the shape");
      break;
    }
    header_.shape = std::move(sizes);
    return {};
  }

  Expected<int64_t> number() {
    skip_space();
    const size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    const auto value = parse_int(rest_.substr(0, end));
    if (!value) return malformed("a dimension is no number");
    rest_.remove_prefix(end);
    accept('L');  // Python 2
    return *value;
  }

  std::string_view rest_;
  Header header_;
};

// Elements of a shape, if their bytes can be counted.
std::optional<uint64_t> count_elements(const std::vector<int64_t>& shape, int64_t element_bytes) {
  if (std::ranges::count(shape, 0) > 0) return 0;
  int64_t bytes = element_bytes;
  for (const int64_t size : shape) {
    if (size < 0 || __builtin_mul_overflow(bytes, size, &bytes)) return std::nullopt;
  }
  return static_cast<uint64_t>(bytes / element_bytes);
}

void swap_bytes(std::vector<std::byte>& bytes, size_t size) {
  for (size_t at = 0; at < bytes.size(); at += size) {
    std::reverse(bytes.data() + at, bytes.data() + at + size);
  }
}

// From first axis fastest to last axis fastest.
std::vector<std::byte> transpose(const std::vector<std::byte>& source,
                                 const std::vector<int64_t>& shape, size_t size) {
  std::vector<size_t> strides(shape.size());
  size_t stride = size;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    strides[axis] = stride;
    stride *= static_cast<size_t>(shape[axis]);
  }
  std::vector<std::byte> out(source.size());
  std::vector<int64_t> index(shape.size(), 0);
  size_t from = 0;
  for (size_t to = 0; to < out.size(); to += size) {
    std::memcpy(out.data() + to, source.data() + from, size);
    for (size_t axis = shape.size(); axis-- > 0;) {
      from += strides[axis];
      if (++index[axis] < shape[axis]) break;
      from -= strides[axis] * static_cast<size_t>(shape[axis]);
      index[axis] = 0;
    }
  }
  return out;
}

Expected<NpyArray> read_data(const Header& header, Bytes data) {
  NpyArray array{*header.dtype, *header.shape, {}};
  const int64_t size = row_bytes(array.dtype, 1);
  const auto elements = count_elements(array.shape, size);
  if (!elements || *elements * static_cast<uint64_t>(size) != data.size()) {
    return fail(Code::corrupt, "the .npy file holds ", data.size(),
                " bytes of numbers, which is not what its shape asks for; it may be cut short");
  }
  array.bytes.assign(data.begin(), data.end());
  const auto element_bytes = static_cast<size_t>(size);
  if (header.byte_order == ByteOrder::big) swap_bytes(array.bytes, element_bytes);
  if (*header.axes == AxisOrder::fortran && array.shape.size() > 1) {
    array.bytes = transpose(array.bytes, array.shape, element_bytes);
  }
  if (array.dtype == DType::boolean) {
    for (std::byte& value : array.bytes) value = std::byte{value != std::byte{0}};
  }
  return array;
}

std::vector<std::byte> bf16_as_f32(const std::vector<std::byte>& bytes) {
  std::vector<std::byte> out(bytes.size() * 2);
  const PackedView<uint16_t> halves{Bytes(bytes)};
  for (size_t i = 0; i < halves.size(); ++i) {
    const float value = bf16_to_f32(halves[i]);
    std::memcpy(out.data() + i * sizeof value, &value, sizeof value);
  }
  return out;
}

std::string header_text(std::string_view code, const std::vector<int64_t>& shape) {
  const char order = code.ends_with('1') ? '|' : '<';
  std::string text = cat("{'descr': '", order, code, "', 'fortran_order': False, 'shape': (");
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    text += cat(axis > 0 ? ", " : "", shape[axis]);
  }
  text += shape.size() == 1 ? ",), }" : "), }";
  const size_t unpadded = kMagic.size() + 4 + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  text += '\n';
  return text;
}

}  // namespace

Expected<NpyArray> parse_npy(Bytes file) {
  ByteReader reader(file);
  if (reader.text(std::min<uint64_t>(kMagic.size(), file.size())) != kMagic) {
    return fail(Code::corrupt, "this is not a .npy file: it does not begin with \\x93NUMPY");
  }
  const uint8_t major = reader.u8();
  reader.u8();  // minor
  if (major < 1 || major > 3) {
    return fail(Code::unsupported, ".npy version ", major, " is unknown; save the array anew");
  }
  const uint32_t size = major == 1 ? reader.u16() : reader.u32();
  if (size > kMaxNpyHeader) {
    return fail(Code::limit_exceeded, "the .npy header holds ", size, " bytes; at most ",
                kMaxNpyHeader, " are read");
  }
  const std::string_view text = reader.text(size);
  HONE_RETURN_IF_ERROR(reader.status());
  HONE_TRY(const Header header, HeaderParser(text).parse());
  return read_data(header, reader.take(reader.remaining()));
}

Expected<NpyArray> read_npy(const std::string& path) {
  HONE_TRY(const MappedFile file, MappedFile::open(path));
  HONE_TRY_CONTEXT(NpyArray array, parse_npy(file.bytes()), path);
  return array;
}

Expected<std::string> npy_text(const NpyArray& array) {
  if (array.dtype == DType::bf16) {
    return npy_text({DType::f32, array.shape, bf16_as_f32(array.bytes)});
  }
  const auto* type = std::ranges::find(kTypeCodes, array.dtype, &TypeCode::dtype);
  if (type == kTypeCodes.end()) {
    return fail(Code::invalid_argument, "a .npy file cannot hold ", name_of(array.dtype),
                " elements");
  }
  const int64_t size = row_bytes(array.dtype, 1);
  const auto elements = count_elements(array.shape, size);
  if (array.shape.size() > kMaxNpyRank || !elements ||
      *elements * static_cast<uint64_t>(size) != array.bytes.size()) {
    return fail(Code::invalid_argument, "the shape of an array does not fit its ",
                array.bytes.size(), " bytes");
  }
  const std::string header = header_text(type->code, array.shape);
  std::string text(kMagic);
  text += {'\x01', '\x00', static_cast<char>(header.size() & 0xff),
           static_cast<char>(header.size() >> 8)};
  text += header;
  text += as_text(array.bytes);
  return text;
}

Status write_npy(const std::string& path, const NpyArray& array) {
  HONE_TRY_CONTEXT(const std::string text, npy_text(array), path);
  return write_file_atomic(path, text);
}

}  // namespace hone
