#pragma once

#include <napi.h>

#include <cmath>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

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

/// Numbers of an array: labels, bits, an order.
inline std::vector<int> read_integers(const Napi::Value& value) {
  if (!value.IsArray()) throw Error(ErrorCode::usage, "labels, bits and orders must be arrays of numbers");
  const auto array = value.As<Napi::Array>();
  std::vector<int> result(array.Length());
  for (std::uint32_t i = 0; i < array.Length(); ++i) result[i] = array.Get(i).ToNumber().Int32Value();
  return result;
}

/// A whole number that JavaScript holds exactly.
inline std::uint64_t read_count(const Napi::Value& value, const char* name) {
  const double number = value.ToNumber().DoubleValue();
  if (!(number >= 0 && number <= 9007199254740992.0) || number != std::floor(number)) {
    throw Error(ErrorCode::input, std::string(name) + " must be a whole number from 0 to 2^53");
  }
  return static_cast<std::uint64_t>(number);
}

/// A copy that JavaScript owns.
inline Napi::Value to_array(Napi::Env env, const std::vector<double>& values) {
  auto array = Napi::Float64Array::New(env, values.size());
  if (!values.empty()) std::memcpy(array.Data(), values.data(), values.size() * sizeof(double));
  return array;
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
