#include <algorithm>

#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "bench/kernels.hpp"

namespace kroncut::addon {
namespace {

Napi::Value to_js(Napi::Env env, KernelTiming& timing) {
  Napi::Object result = Napi::Object::New(env);
  result["seconds"] = Napi::Number::New(env, timing.seconds);
  result["bytes"] = Napi::Number::New(env, timing.bytes);
  result["flops"] = Napi::Number::New(env, timing.flops);
  return result;
}

Napi::Value benchmark(const Napi::CallbackInfo& info) {
  const std::string name = info[0].ToString().Utf8Value();
  const auto given = info[1].As<Napi::Object>();
  const Napi::Array keys = given.GetPropertyNames();
  KernelParameters parameters;
  for (std::uint32_t i = 0; i < keys.Length(); ++i) {
    const std::string key = keys.Get(i).ToString().Utf8Value();
    parameters[key] = given.Get(key).ToNumber().DoubleValue();
  }
  const int threads = std::max(1, info[2].ToNumber().Int32Value());
  return AsyncTask<KernelTiming>::start(
      info.Env(), [=] { return benchmark_kernel(name, parameters, threads); }, to_js);
}

}  // namespace

void register_bench(Napi::Env env, Napi::Object exports) {
  exports["benchmarkKernel"] = Napi::Function::New(env, benchmark);
}

}  // namespace kroncut::addon
