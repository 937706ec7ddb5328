#include "core/npy.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <random>
#include <type_traits>
#include <utility>

#include "core/error.hpp"
#include "core/npy_header.hpp"

namespace kroncut {
namespace {

static_assert(std::endian::native == std::endian::little, "the .npy files are written as memory holds them");

/// Closes a descriptor unless it was released.
class Descriptor {
 public:
  explicit Descriptor(int value) noexcept : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  [[nodiscard]] int get() const noexcept { return value_; }
  int release() noexcept { return std::exchange(value_, -1); }

 private:
  int value_;
};

std::size_t file_bytes(int descriptor, const std::string& path) {
  struct stat status {};
  if (fstat(descriptor, &status) != 0) throw_errno("cannot inspect", path);
  if (!S_ISREG(status.st_mode)) throw Error(ErrorCode::input, path + " is not a regular file");
  return static_cast<std::size_t>(status.st_size);
}

std::string read_prefix(int descriptor, const std::string& path, std::size_t count) {
  std::string text(count, '\0');
  std::size_t have = 0;
  while (have < count) {
    const ssize_t got = pread(descriptor, text.data() + have, count - have, static_cast<off_t>(have));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_errno("cannot read", path);
    if (got == 0) break;
    have += static_cast<std::size_t>(got);
  }
  text.resize(have);
  return text;
}

/// Ours have 128 bytes; what has more than this describes no array of numbers.
constexpr std::size_t longest_header = 65536;

NpyHeader read_header(int descriptor, const std::string& path) {
  const std::size_t length = file_bytes(descriptor, path);
  const std::size_t needed = npy_header_bytes(path, read_prefix(descriptor, path, 12));
  if (needed > longest_header) throw Error(ErrorCode::input, path + ": the .npy header is too long");
  if (needed > length) throw Error(ErrorCode::input, path + " is truncated: it ends inside its .npy header");
  NpyHeader header = parse_npy_header(path, read_prefix(descriptor, path, needed));
  const std::size_t held = length - needed;
  if (header.data_bytes() != held) {
    throw Error(ErrorCode::input, path + (held < header.data_bytes() ? " is truncated: " : " is too long: ") +
                                      "its header describes " + std::to_string(header.data_bytes()) +
                                      " bytes of data, the file holds " + std::to_string(held));
  }
  return header;
}

int open_file(const std::string& path, int flags) {
  const int descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  if (descriptor < 0) throw_errno("cannot open", path);
  return descriptor;
}

/// Gives the file its length and the disk blocks for it, where the file system can promise them.
void reserve(int descriptor, const std::string& path, std::size_t bytes) {
  int result = 0;
  do {
    result = fallocate(descriptor, 0, 0, static_cast<off_t>(bytes));
  } while (result != 0 && errno == EINTR);
  if (result == 0) return;
  // Network file systems often cannot reserve; glibc's emulation would write every block, so only the length
  // is set there.
  if ((errno == EOPNOTSUPP || errno == ENOSYS) && ftruncate(descriptor, static_cast<off_t>(bytes)) == 0) {
    return;
  }
  throw_errno("cannot reserve " + std::to_string(bytes) + " bytes on disk for", path);
}

void sync_descriptor(int descriptor, const std::string& path) {
  if (fsync(descriptor) != 0) throw_errno("cannot flush to disk", path);
}

}  // namespace

std::shared_ptr<const MappedNpy> MappedNpy::open(const std::string& path) {
  // Of a pipe without a writer, opening would not come back.
  const Descriptor descriptor(open_file(path, O_RDONLY | O_NONBLOCK));
  NpyHeader header = read_header(descriptor.get(), path);
  const std::size_t length = header.data_offset + header.data_bytes();
  void* const address = mmap(nullptr, length, PROT_READ, MAP_PRIVATE, descriptor.get(), 0);
  if (address == MAP_FAILED) throw_errno("cannot map", path);
  return std::shared_ptr<const MappedNpy>(new MappedNpy(std::move(header), address, length));
}

MappedNpy::MappedNpy(NpyHeader header, void* address, std::size_t length)
    : header_(std::move(header)), address_(address), length_(length) {}

MappedNpy::~MappedNpy() { munmap(address_, length_); }

std::span<const double> MappedNpy::float64() const {
  if (header_.type != NpyType::float64) throw Error(ErrorCode::internal, "the mapped array is not float64");
  const void* const data = static_cast<const std::byte*>(address_) + header_.data_offset;
  return {static_cast<const double*>(data), header_.size()};
}

std::span<const float> MappedNpy::float32() const {
  if (header_.type != NpyType::float32) throw Error(ErrorCode::internal, "the mapped array is not float32");
  const void* const data = static_cast<const std::byte*>(address_) + header_.data_offset;
  return {static_cast<const float*>(data), header_.size()};
}

NpyFile NpyFile::create(const std::string& path, NpyType type, const std::vector<std::size_t>& shape) {
  const std::string text = format_npy_header(type, shape);
  NpyHeader header{type, shape, text.size()};
  Descriptor descriptor(open_file(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW));
  try {
    reserve(descriptor.get(), path, header.data_offset + header.data_bytes());
    NpyFile file(path, std::move(header), descriptor.release());
    file.write_bytes(0, text.data(), text.size());
    return file;
  } catch (...) {
    unlink(path.c_str());
    throw;
  }
}

NpyFile NpyFile::open(const std::string& path) {
  Descriptor descriptor(open_file(path, O_RDWR | O_NONBLOCK | O_NOFOLLOW));
  NpyHeader header = read_header(descriptor.get(), path);
  return {path, std::move(header), descriptor.release()};
}

NpyFile::NpyFile(std::string path, NpyHeader header, int descriptor)
    : path_(std::move(path)), header_(std::move(header)), descriptor_(descriptor) {}

NpyFile::NpyFile(NpyFile&& other) noexcept
    : path_(std::move(other.path_)),
      header_(std::move(other.header_)),
      descriptor_(std::exchange(other.descriptor_, -1)) {}

NpyFile& NpyFile::operator=(NpyFile&& other) noexcept {
  std::swap(path_, other.path_);
  std::swap(header_, other.header_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

NpyFile::~NpyFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

void NpyFile::write_bytes(std::size_t offset, const void* data, std::size_t count) const {
  const auto* from = static_cast<const char*>(data);
  while (count > 0) {
    const ssize_t written = pwrite(descriptor_, from, count, static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) throw_errno("cannot write", path_);
    from += written;
    offset += static_cast<std::size_t>(written);
    count -= static_cast<std::size_t>(written);
  }
}

template <class T>
void NpyFile::write_values(std::size_t first, std::span<const T> values) const {
  if (first > header_.size() || values.size() > header_.size() - first) {
    throw Error(ErrorCode::internal, "write beyond the end of " + path_);
  }
  const std::size_t element = npy_element_bytes(header_.type);
  std::size_t offset = header_.data_offset + first * element;
  if (sizeof(T) == element) {
    write_bytes(offset, values.data(), values.size_bytes());
    return;
  }
  using Other = std::conditional_t<sizeof(T) == 8, float, double>;
  std::array<Other, 4096> converted;
  while (!values.empty()) {
    const auto part = values.first(std::min(values.size(), converted.size()));
    std::transform(part.begin(), part.end(), converted.begin(),
                   [](T value) { return static_cast<Other>(value); });
    write_bytes(offset, converted.data(), part.size() * sizeof(Other));
    offset += part.size() * sizeof(Other);
    values = values.subspan(part.size());
  }
}

void NpyFile::write(std::size_t first, std::span<const double> values) const { write_values(first, values); }
void NpyFile::write(std::size_t first, std::span<const float> values) const { write_values(first, values); }

void NpyFile::sync() const { sync_descriptor(descriptor_, path_); }

void publish_file(const std::string& from, const std::string& to) {
  {
    const Descriptor descriptor(open_file(from, O_RDONLY));
    sync_descriptor(descriptor.get(), from);
  }
  if (rename(from.c_str(), to.c_str()) != 0) throw_errno("cannot rename " + from + " to", to);
  const std::size_t slash = to.find_last_of('/');
  const std::string folder = slash == std::string::npos ? "." : to.substr(0, std::max<std::size_t>(slash, 1));
  const Descriptor descriptor(open_file(folder, O_RDONLY | O_DIRECTORY));
  // Some network file systems refuse to flush a folder; the rename is atomic there all the same.
  if (fsync(descriptor.get()) != 0 && errno != EINVAL && errno != ENOTSUP) {
    throw_errno("cannot flush to disk", folder);
  }
}

std::string temporary_path(const std::string& path) {
  std::random_device random;
  std::array<char, 24> suffix{};
  std::snprintf(suffix.data(), suffix.size(), ".%08x%08x.tmp", random(), random());
  return path + suffix.data();
}

AtomicNpy::AtomicNpy(const std::string& path, NpyType type, const std::vector<std::size_t>& shape)
    : path_(path), file_(NpyFile::create(temporary_path(path), type, shape)) {}

AtomicNpy::~AtomicNpy() {
  if (!committed_) unlink(file_.path().c_str());
}

void AtomicNpy::commit() {
  publish_file(file_.path(), path_);
  committed_ = true;
}

}  // namespace kroncut
