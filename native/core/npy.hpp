#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace kroncut {

/// Element types of the .npy files that Kroncut reads and writes: little-endian `<f4` and `<f8`.
enum class NpyType { float32, float64 };

[[nodiscard]] constexpr std::size_t npy_element_bytes(NpyType type) noexcept {
  return type == NpyType::float32 ? 4 : 8;
}

/// What a .npy file holds (NumPy format, https://numpy.org/neps/nep-0001-npy-format.html).
struct NpyHeader {
  NpyType type = NpyType::float64;
  std::vector<std::size_t> shape;  // C order, the last axis runs fastest; empty for a scalar
  std::size_t data_offset = 0;     // bytes before the first element

  /// Number of elements: the product of the shape.
  [[nodiscard]] std::size_t size() const noexcept;
  /// Bytes of all elements.
  [[nodiscard]] std::size_t data_bytes() const noexcept { return size() * npy_element_bytes(type); }
};

/// A .npy file mapped for reading. Share it as the owner of what points into it.
class MappedNpy {
 public:
  /// Throws Error(input), naming the file and what is wrong, if this is not an array of `<f4` or `<f8` in C
  /// order (format 1 or 2) or its length differs from what the header says; Error(disk) if it cannot be read.
  static std::shared_ptr<const MappedNpy> open(const std::string& path);
  ~MappedNpy();
  MappedNpy(const MappedNpy&) = delete;
  MappedNpy& operator=(const MappedNpy&) = delete;

  [[nodiscard]] const NpyHeader& header() const noexcept { return header_; }
  /// The elements; throws Error(internal) if the file holds the other type.
  [[nodiscard]] std::span<const double> float64() const;
  [[nodiscard]] std::span<const float> float32() const;

 private:
  MappedNpy(NpyHeader header, void* address, std::size_t length);
  NpyHeader header_;
  void* address_;
  std::size_t length_;
};

/// A .npy file of known size that several threads or processes fill by positioned writes. Writes, not a
/// mapping, because nodes that share a network file system must not share pages.
class NpyFile {
 public:
  /// Creates the file, which must not be there, not even as a link, at its full size, so that a full disk is
  /// an Error(disk) with the number of bytes now and not in the middle of the work. The elements are zero
  /// until written. The data start at a multiple of 64 bytes.
  static NpyFile create(const std::string& path, NpyType type, const std::vector<std::size_t>& shape);
  /// Opens a file that `create` made, for writing; errors as `MappedNpy::open`.
  static NpyFile open(const std::string& path);
  NpyFile(NpyFile&& other) noexcept;
  NpyFile& operator=(NpyFile&& other) noexcept;
  ~NpyFile();

  [[nodiscard]] const NpyHeader& header() const noexcept { return header_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  /// Writes elements [first, first + values.size()), converted to the file's type. Callable from several
  /// threads at once. Throws Error(disk), or Error(internal) beyond the end.
  void write(std::size_t first, std::span<const double> values) const;
  void write(std::size_t first, std::span<const float> values) const;
  /// Waits until what was written is on disk.
  void sync() const;

 private:
  NpyFile(std::string path, NpyHeader header, int descriptor);
  void write_bytes(std::size_t offset, const void* data, std::size_t count) const;
  template <class T>
  void write_values(std::size_t first, std::span<const T> values) const;
  std::string path_;
  NpyHeader header_;
  int descriptor_ = -1;
};

/// Flushes `from` to disk, renames it to `to` (same file system) and flushes the directory, so that `to` is
/// either absent or whole, also after a power failure. Throws Error(disk).
void publish_file(const std::string& from, const std::string& to);

/// A name beside `path` that no other process uses, for a file that `publish_file` will rename to `path`.
[[nodiscard]] std::string temporary_path(const std::string& path);

/// An array that appears at `path` whole or not at all: filled under a temporary name in the same folder,
/// published by `commit`, removed by the destructor otherwise.
class AtomicNpy {
 public:
  AtomicNpy(const std::string& path, NpyType type, const std::vector<std::size_t>& shape);
  ~AtomicNpy();
  AtomicNpy(const AtomicNpy&) = delete;
  AtomicNpy& operator=(const AtomicNpy&) = delete;

  [[nodiscard]] const NpyFile& file() const noexcept { return file_; }
  void commit();

 private:
  std::string path_;
  NpyFile file_;
  bool committed_ = false;
};

}  // namespace kroncut
