#include "core/npy.hpp"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "core/error.hpp"
#include "core/testing.hpp"

namespace kroncut {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for one test, removed afterwards.
class Folder {
 public:
  Folder() {
    std::string pattern = (fs::temp_directory_path() / "kroncut-npy-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }
  [[nodiscard]] std::size_t count() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

/// Writes a file from a version, a dictionary and some data, so that foreign and broken headers can be made.
void write_raw(const std::string& path, int version, const std::string& dictionary, const std::string& data) {
  std::string text("\x93NUMPY", 6);
  text += static_cast<char>(version);
  text += '\0';
  const std::size_t length = dictionary.size();
  for (int byte = 0; byte < (version == 1 ? 2 : 4); ++byte) {
    text += static_cast<char>((length >> (8 * byte)) & 0xff);
  }
  std::ofstream(path, std::ios::binary) << text << dictionary << data;
}

std::string message_of(const std::string& path) {
  try {
    MappedNpy::open(path);
  } catch (const Error& error) {
    return std::string(error_code_name(error.code())) + ": " + error.what();
  }
  return {};
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

const std::string eight_bytes(8, '\0');
const std::string good = "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), }\n";

}  // namespace

KRONCUT_TEST(npy_round_trip_of_both_types) {
  const Folder folder;
  for (const NpyType type : {NpyType::float64, NpyType::float32}) {
    for (const std::vector<std::size_t>& shape :
         {std::vector<std::size_t>{}, {10000}, {4, 4, 128}, {4, 1}, {0}}) {
      const std::string path = folder.file("a.npy");
      std::filesystem::remove(path);
      const NpyFile file = NpyFile::create(path, type, shape);
      KRONCUT_CHECK(file.header().data_offset % 64 == 0);
      const std::size_t size = file.header().size();
      KRONCUT_CHECK(fs::file_size(path) == file.header().data_offset + size * npy_element_bytes(type));
      std::vector<double> values(size);
      for (std::size_t i = 0; i < size; ++i) values[i] = static_cast<double>(i) + 0.5;
      const std::size_t half = size / 2;
      file.write(half, std::span<const double>(values).subspan(half));
      const std::vector<float> singles(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(half));
      NpyFile::open(path).write(0, std::span<const float>(singles));
      file.sync();
      const auto mapped = MappedNpy::open(path);
      KRONCUT_CHECK(mapped->header().type == type);
      KRONCUT_CHECK(mapped->header().shape == shape);
      if (type == NpyType::float64) {
        const auto read = mapped->float64();
        KRONCUT_CHECK(std::ranges::equal(read, values));
        KRONCUT_CHECK_THROWS(mapped->float32(), ErrorCode::internal);
      } else {
        const auto read = mapped->float32();
        KRONCUT_CHECK(std::ranges::equal(read, values));
      }
      KRONCUT_CHECK_THROWS(file.write(size, std::span<const double>({1.0})), ErrorCode::internal);
    }
  }
}

KRONCUT_TEST(npy_reads_headers_of_other_writers) {
  const Folder folder;
  const std::string path = folder.file("a.npy");
  write_raw(path, 2, "{\"shape\": (2, 1), 'fortran_order': False, 'descr': '<f4'}", eight_bytes);
  const auto mapped = MappedNpy::open(path);
  KRONCUT_CHECK((mapped->header().shape == std::vector<std::size_t>{2, 1}));
  KRONCUT_CHECK(mapped->header().type == NpyType::float32);
  write_raw(path, 1, "{'descr': '<f8', 'fortran_order': True, 'shape': (1,), }      \n", eight_bytes);
  KRONCUT_CHECK(MappedNpy::open(path)->float64().size() == 1);
}

KRONCUT_TEST(npy_errors_name_the_file_and_the_fault) {
  const Folder folder;
  const std::string path = folder.file("bad.npy");
  const auto expect = [&](const std::string& code, const std::string& what) {
    const std::string message = message_of(path);
    KRONCUT_CHECK(message.starts_with(code));
    KRONCUT_CHECK(contains(message, path));
    KRONCUT_CHECK(contains(message, what));
  };
  expect("input", "No such file");
  std::ofstream(path) << "hello";
  expect("input", "not a .npy file");
  write_raw(path, 1, good, eight_bytes.substr(1));
  expect("input", "truncated: its header describes 8 bytes of data, the file holds 7");
  write_raw(path, 1, good, eight_bytes + "x");
  expect("input", "too long");
  write_raw(path, 3, good, eight_bytes);
  expect("input", "version 3");
  write_raw(path, 1, good, eight_bytes);
  fs::resize_file(path, 30);
  expect("input", "ends inside its .npy header");
  write_raw(path, 1, "{'descr': '>f8', 'fortran_order': False, 'shape': (1,), }", eight_bytes);
  expect("input", "'>f8'");
  write_raw(path, 1, "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,), }", eight_bytes);
  expect("input", "not of type");
  write_raw(path, 1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 1), }", eight_bytes);
  expect("input", "Fortran");
  for (const std::string dictionary :
       {"{'descr': '<f8', 'fortran_order': False, }",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)",
        "{'descr': '<f8', 'fortran_order': Nope, 'shape': (1,), }", "", "{} trailing",
        "{'descr': '<f8', 'fortran_order': False, 'shape': (99999999999, 99999999999), }"}) {
    write_raw(path, 1, dictionary, eight_bytes);
    expect("input", "malformed");
  }
}

KRONCUT_TEST(npy_creates_what_is_not_there_and_follows_no_link) {
  const Folder folder;
  const std::string precious = folder.file("precious");
  const std::string link = folder.file("link.npy");
  { std::ofstream(precious) << "precious"; }
  std::filesystem::create_symlink(precious, link);
  for (const std::string& path : {precious, link}) {
    KRONCUT_CHECK_THROWS(NpyFile::create(path, NpyType::float64, {4}), ErrorCode::disk);
  }
  KRONCUT_CHECK(std::filesystem::file_size(precious) == 8);
  NpyFile::create(folder.file("array.npy"), NpyType::float64, {4});
  std::filesystem::remove(link);
  std::filesystem::create_symlink(folder.file("array.npy"), link);
  KRONCUT_CHECK_THROWS(NpyFile::open(link), ErrorCode::disk);
}

KRONCUT_TEST(npy_headers_are_bounded_and_shown_without_what_steers_a_terminal) {
  const Folder folder;
  const std::string path = folder.file("bad.npy");
  const auto write = [&](const std::string& header) {
    std::string text{"\x93NUMPY\x02\x00", 8};
    for (int byte = 0; byte < 4; ++byte) text += static_cast<char>(header.size() >> (8 * byte));
    std::ofstream(path, std::ios::binary) << text + header;
  };
  write(std::string(70000, ' '));
  KRONCUT_CHECK_THROWS(MappedNpy::open(path), ErrorCode::input);
  write("{'descr': '\x1b[31m', 'fortran_order': False, 'shape': (1,), }");
  try {
    MappedNpy::open(path);
    KRONCUT_CHECK(false);
  } catch (const Error& error) {
    KRONCUT_CHECK(std::string(error.what()).find("'?[31m'") != std::string::npos);
  }
}

KRONCUT_TEST(npy_says_up_front_that_the_disk_is_too_small) {
  const Folder folder;
  const std::string path = folder.file("huge.npy");
  const std::size_t elements = std::size_t{1} << 50;
  KRONCUT_CHECK_THROWS(NpyFile::create(path, NpyType::float64, {elements}), ErrorCode::disk);
  KRONCUT_CHECK(!fs::exists(path));
}

KRONCUT_TEST(atomic_npy_appears_whole_or_not_at_all) {
  const Folder folder;
  const std::string path = folder.file("a.npy");
  const std::vector<double> values{1, 2, 3};
  {
    const AtomicNpy abandoned(path, NpyType::float64, {3});
    KRONCUT_CHECK(folder.count() == 1);
    KRONCUT_CHECK(!fs::exists(path));
  }
  KRONCUT_CHECK(folder.count() == 0);
  AtomicNpy array(path, NpyType::float64, {3});
  array.file().write(0, std::span<const double>(values));
  array.commit();
  KRONCUT_CHECK(folder.count() == 1);
  const auto read = MappedNpy::open(path);
  KRONCUT_CHECK(std::ranges::equal(read->float64(), values));
  KRONCUT_CHECK_THROWS(publish_file(folder.file("absent"), path), ErrorCode::input);
}

}  // namespace kroncut
