#include "core/npy_header.hpp"

#include <charconv>
#include <limits>

#include "core/error.hpp"

namespace kroncut {
namespace {

constexpr std::string_view magic{"\x93NUMPY", 6};

[[noreturn]] void refuse(const std::string& path, const std::string& what) {
  throw Error(ErrorCode::input, path + ": " + what);
}

/// The beginning of a text that came from a file, without what could steer a terminal.
std::string printable(std::string_view text) {
  constexpr std::size_t longest = 200;
  std::string shown(text.substr(0, longest));
  for (char& letter : shown) {
    if (letter < ' ' || letter > '~') letter = '?';
  }
  return text.size() > longest ? shown + "..." : shown;
}

/// Reads the dictionary literal of a header: {'descr': '<f8', 'fortran_order': False, 'shape': (4, 8), }.
class DictionaryReader {
 public:
  DictionaryReader(const std::string& path, std::string_view text) : path_(path), text_(text) {}

  void read(NpyHeader& header) {
    bool have_type = false;
    bool have_order = false;
    bool have_shape = false;
    bool fortran = false;
    expect('{');
    while (!accept('}')) {
      const std::string_view key = quoted();
      expect(':');
      if (key == "descr") {
        header.type = type();
        have_type = true;
      } else if (key == "fortran_order") {
        fortran = boolean();
        have_order = true;
      } else if (key == "shape") {
        header.shape = shape();
        have_shape = true;
      } else {
        malformed();
      }
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    skip_space();
    if (position_ != text_.size() || !have_type || !have_order || !have_shape) malformed();
    if (fortran && header.shape.size() > 1) refuse(path_, "the array is in Fortran order; C order is needed");
  }

 private:
  [[noreturn]] void malformed() const { refuse(path_, "the .npy header is malformed: " + printable(text_)); }

  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }
  bool accept(char wanted) {
    skip_space();
    if (position_ >= text_.size() || text_[position_] != wanted) return false;
    ++position_;
    return true;
  }
  void expect(char wanted) {
    if (!accept(wanted)) malformed();
  }
  std::string_view quoted() {
    skip_space();
    const char quote = position_ < text_.size() ? text_[position_] : '\0';
    if (quote != '\'' && quote != '"') {
      // A list here describes a record of several fields.
      refuse(path_, "the .npy array is not of type '<f8' or '<f4'");
    }
    const std::size_t end = text_.find(quote, position_ + 1);
    if (end == std::string_view::npos) malformed();
    const std::string_view result = text_.substr(position_ + 1, end - position_ - 1);
    position_ = end + 1;
    return result;
  }
  NpyType type() {
    const std::string_view name = quoted();
    if (name == "<f8") return NpyType::float64;
    if (name == "<f4") return NpyType::float32;
    refuse(path_, "the array is of type '" + printable(name) + "'; '<f8' or '<f4' is needed");
  }
  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (text_.substr(position_).starts_with(word)) {
        position_ += word.size();
        return word == "True";
      }
    }
    malformed();
  }
  std::vector<std::size_t> shape() {
    std::vector<std::size_t> result;
    std::size_t elements = 1;
    expect('(');
    while (!accept(')')) {
      skip_space();
      std::size_t extent = 0;
      const char* const begin = text_.data() + position_;
      const auto parsed = std::from_chars(begin, text_.data() + text_.size(), extent);
      if (parsed.ec != std::errc()) malformed();
      position_ += static_cast<std::size_t>(parsed.ptr - begin);
      if (extent != 0 && elements > std::numeric_limits<std::size_t>::max() / 16 / extent) malformed();
      elements *= extent;
      result.push_back(extent);
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
    return result;
  }

  const std::string& path_;
  std::string_view text_;
  std::size_t position_ = 0;
};

std::size_t byte_at(std::string_view text, std::size_t index) {
  return static_cast<unsigned char>(text[index]);
}

}  // namespace

std::size_t NpyHeader::size() const noexcept {
  std::size_t product = 1;
  for (const std::size_t extent : shape) product *= extent;
  return product;
}

std::size_t npy_header_bytes(const std::string& path, std::string_view start) {
  if (start.size() < 12 || !start.starts_with(magic)) refuse(path, "this is not a .npy file");
  const std::size_t version = byte_at(start, 6);
  if (version == 1) return 10 + byte_at(start, 8) + (byte_at(start, 9) << 8);
  if (version == 2) {
    return 12 + byte_at(start, 8) + (byte_at(start, 9) << 8) + (byte_at(start, 10) << 16) +
           (byte_at(start, 11) << 24);
  }
  refuse(path, "the .npy format version " + std::to_string(version) + " is not known; write version 1 or 2");
}

NpyHeader parse_npy_header(const std::string& path, std::string_view bytes) {
  NpyHeader header;
  header.data_offset = bytes.size();
  DictionaryReader(path, bytes.substr(byte_at(bytes, 6) == 1 ? 10 : 12)).read(header);
  return header;
}

std::string format_npy_header(NpyType type, const std::vector<std::size_t>& shape) {
  std::string dictionary = "{'descr': '";
  dictionary += type == NpyType::float32 ? "<f4" : "<f8";
  dictionary += "', 'fortran_order': False, 'shape': (";
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    if (axis > 0) dictionary += ", ";
    dictionary += std::to_string(shape[axis]);
  }
  dictionary += shape.size() == 1 ? ",), }" : "), }";
  constexpr std::size_t alignment = 64;
  constexpr std::size_t preamble = 10;
  const std::size_t total = (preamble + dictionary.size() + 1 + alignment - 1) / alignment * alignment;
  dictionary.resize(total - preamble - 1, ' ');
  dictionary += '\n';
  std::string text(magic);
  text += '\x01';
  text += '\0';
  text += static_cast<char>(dictionary.size() & 0xff);
  text += static_cast<char>(dictionary.size() >> 8);
  return text + dictionary;
}

}  // namespace kroncut
