#include <cstring>

#include "core/testing.hpp"

int main(int argc, char** argv) {
  namespace testing = kroncut::testing;
  int run = 0;
  for (const auto& test : testing::registry()) {
    if (argc > 1 && std::strstr(test.name, argv[1]) == nullptr) continue;
    ++run;
    const int before = testing::failures();
    try {
      test.body();
    } catch (const std::exception& error) {
      testing::fail(test.file, 0, std::string(test.name) + ": " + error.what());
    }
    std::printf("%s %s\n", testing::failures() == before ? "ok  " : "FAIL", test.name);
  }
  std::printf("%d tests, %d failures\n", run, testing::failures());
  return run > 0 && testing::failures() == 0 ? 0 : 1;
}
