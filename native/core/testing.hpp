#pragma once

#include <cmath>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>
#include <vector>

/// A small test harness, so that the native tests build with nothing but a compiler. A test is
/// `KRONCUT_TEST(name) { KRONCUT_CHECK(condition); }`; `native/core/testing_main.cpp` runs all of them, or
/// those whose name contains an argument.
namespace kroncut::testing {

struct Test {
  const char* file;
  const char* name;
  void (*body)();
};

inline std::vector<Test>& registry() {
  static std::vector<Test> tests;
  return tests;
}

inline int& failures() {
  static int count = 0;
  return count;
}

struct Registration {
  Registration(const char* file, const char* name, void (*body)()) {
    registry().push_back({file, name, body});
  }
};

inline void fail(const char* file, int line, const std::string& what) {
  ++failures();
  std::fprintf(stderr, "%s:%d: %s\n", file, line, what.c_str());
}

inline void check_near(const char* file, int line, const char* text, double actual, double expected,
                       double tolerance) {
  if (!(std::abs(actual - expected) <= tolerance)) {
    fail(file, line,
         std::string(text) + ": got " + std::to_string(actual) + ", expected " + std::to_string(expected));
  }
}

}  // namespace kroncut::testing

#define KRONCUT_TEST(name)                                                                         \
  static void kroncut_test_##name();                                                               \
  static const ::kroncut::testing::Registration kroncut_registration_##name(__FILE__, #name,       \
                                                                            &kroncut_test_##name); \
  static void kroncut_test_##name()

#define KRONCUT_CHECK(condition)                                                           \
  do {                                                                                     \
    if (!(condition)) ::kroncut::testing::fail(__FILE__, __LINE__, "failed: " #condition); \
  } while (false)

#define KRONCUT_CHECK_NEAR(actual, expected, tolerance) \
  ::kroncut::testing::check_near(__FILE__, __LINE__, #actual, actual, expected, tolerance)

#define KRONCUT_CHECK_THROWS(expression, error_code)                                                  \
  do {                                                                                                \
    bool kroncut_thrown = false;                                                                      \
    try {                                                                                             \
      static_cast<void>(expression);                                                                  \
    } catch (const ::kroncut::Error& kroncut_error) {                                                 \
      kroncut_thrown = kroncut_error.code() == (error_code);                                          \
    }                                                                                                 \
    if (!kroncut_thrown) ::kroncut::testing::fail(__FILE__, __LINE__, "no such error: " #expression); \
  } while (false)
