#pragma once

#include <napi.h>

#include <cmath>
#include <memory>
#include <string>

#include "addon/bindings.hpp"
#include "core/control.hpp"
#include "core/error.hpp"
#include "device/backend.hpp"

namespace kroncut::addon {

/// Reading what JavaScript passes. All of these throw Error(usage), naming the argument and what it must be.
[[noreturn]] inline void refuse(const std::string& name, const std::string& wanted) {
  throw Error(ErrorCode::usage, name + " must be " + wanted);
}

inline Napi::Object object_argument(const Napi::CallbackInfo& info, std::size_t index, const char* name) {
  if (!info[index].IsObject()) refuse(name, "an object");
  return info[index].As<Napi::Object>();
}

/// A whole number of at least `least` and at most 2^20.
inline int integer(const Napi::Object& object, const char* name, int least) {
  const Napi::Value value = object.Get(name);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : std::nan("");
  constexpr double most = 1 << 20;
  if (!(number >= least && number <= most) || number != std::floor(number)) {
    refuse(name, "a whole number of at least " + std::to_string(least));
  }
  return static_cast<int>(number);
}

inline std::string text(const Napi::Object& object, const char* name) {
  const Napi::Value value = object.Get(name);
  if (!value.IsString()) refuse(name, "a string");
  return value.As<Napi::String>().Utf8Value();
}

/// What every computing function takes: `ComputeOptions` in src/native/addon.ts.
struct Compute {
  explicit Compute(const Napi::Object& options)
      : device(text(options, "device")),
        threads(integer(options, "threads", 1)),
        control(unwrap_control(options.Get("control"))) {}

  /// Called by the worker: opening a device may take a while.
  [[nodiscard]] std::shared_ptr<Backend> backend() const { return make_backend(device); }

  std::string device;
  int threads;
  std::shared_ptr<Control> control;
};

}  // namespace kroncut::addon
