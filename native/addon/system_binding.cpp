#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "comm/communicator.hpp"
#include "core/control.hpp"
#include "core/memory.hpp"
#include "core/parallel.hpp"
#include "core/signal_watch.hpp"
#include "core/simd.hpp"
#include "device/backend.hpp"

namespace kroncut::addon {
namespace {

/// Mark what an External holds, so that one kind of handle is never read as another.
constexpr napi_type_tag tensor_tag{0x6b726f6e63757400, 0x74656e736f720001};
constexpr napi_type_tag control_tag{0x6b726f6e63757400, 0x636f6e74726f6c01};

template <class T>
std::shared_ptr<T> unwrap(const Napi::Value& value, const napi_type_tag& tag, const char* what) {
  const auto handle = value.As<Napi::External<std::shared_ptr<T>>>();
  if (!value.IsExternal() || !handle.CheckTypeTag(&tag)) {
    throw Napi::TypeError::New(value.Env(), std::string(what) + " handle expected");
  }
  return *handle.Data();
}

Napi::Value text_or_null(Napi::Env env, const std::string& text) {
  return text.empty() ? env.Null() : Napi::String::New(env, text).As<Napi::Value>();
}

Napi::Value build_info(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Object result = Napi::Object::New(env);
  result["variant"] = Napi::String::New(env, KRONCUT_VARIANT);
  result["version"] = Napi::String::New(env, KRONCUT_VERSION);
  result["compiler"] = Napi::String::New(env, __VERSION__);
  result["mpi"] = text_or_null(env, mpi_build_library());
#if defined(KRONCUT_CUDA_VERSION)
  result["cuda"] = Napi::String::New(env, KRONCUT_CUDA_VERSION);
#else
  result["cuda"] = env.Null();
#endif
#if defined(KRONCUT_BLAS)
  result["blas"] = Napi::String::New(env, KRONCUT_BLAS);
#else
  result["blas"] = env.Null();
#endif
  result["simd"] = Napi::String::New(env, std::string(simd_level_name(simd_level())));
  Napi::Array codes = Napi::Array::New(env);
  for (int code = 0; code <= static_cast<int>(ErrorCode::internal); ++code) {
    codes[static_cast<std::uint32_t>(code)] =
        Napi::String::New(env, std::string(error_code_name(static_cast<ErrorCode>(code))));
  }
  result["errorCodes"] = codes;
  return result;
}

Napi::Value devices(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Napi::Array result = Napi::Array::New(env);
  for (const auto& device : list_devices()) {
    Napi::Object entry = Napi::Object::New(env);
    entry["name"] = Napi::String::New(env, device.name);
    entry["identity"] = Napi::String::New(env, device.identity);
    entry["description"] = Napi::String::New(env, device.description);
    entry["totalBytes"] = Napi::Number::New(env, static_cast<double>(device.total_bytes));
    entry["freeBytes"] = Napi::Number::New(env, static_cast<double>(device.free_bytes));
    result[result.Length()] = entry;
  }
  return result;
}

Napi::Value control_progress(const Napi::CallbackInfo& info) {
  const auto control = unwrap_control(info[0]);
  Napi::Object result = Napi::Object::New(info.Env());
  result["done"] = Napi::Number::New(info.Env(), static_cast<double>(control->done()));
  result["total"] = Napi::Number::New(info.Env(), static_cast<double>(control->total()));
  return result;
}

}  // namespace

Napi::Value wrap_tensor(Napi::Env env, std::shared_ptr<const Tensor> tensor) {
  // The collector sees a small handle only; told of the memory behind it, it lets go of tensors in time.
  const auto bytes = static_cast<std::int64_t>(tensor->size() * sizeof(double));
  Napi::MemoryManagement::AdjustExternalMemory(env, bytes);
  using Held = std::shared_ptr<const Tensor>;
  auto handle =
      Napi::External<Held>::New(env, new Held(std::move(tensor)), [bytes](Napi::Env owner, Held* held) {
        delete held;
        Napi::MemoryManagement::AdjustExternalMemory(owner, -bytes);
      });
  handle.TypeTag(&tensor_tag);
  return handle;
}
std::shared_ptr<const Tensor> unwrap_tensor(const Napi::Value& value) {
  return unwrap<const Tensor>(value, tensor_tag, "tensor");
}
Napi::Value wrap_control(Napi::Env env, std::shared_ptr<Control> control) {
  using Held = std::shared_ptr<Control>;
  auto handle = Napi::External<Held>::New(env, new Held(std::move(control)),
                                          [](Napi::Env, Held* held) { delete held; });
  handle.TypeTag(&control_tag);
  return handle;
}
std::shared_ptr<Control> unwrap_control(const Napi::Value& value) {
  return unwrap<Control>(value, control_tag, "control");
}

namespace {

/// The controls of an environment that somebody holds.
class LiveControls {
 public:
  void add(const std::shared_ptr<Control>& control) {
    if (controls_.size() >= limit_) {
      std::erase_if(controls_, [](const std::weak_ptr<Control>& one) { return one.expired(); });
      limit_ = 2 * controls_.size() + 64;
    }
    controls_.push_back(control);
  }
  void cancel() noexcept {
    for (const auto& one : controls_) {
      if (const auto control = one.lock()) control->cancel();
    }
  }

 private:
  std::vector<std::weak_ptr<Control>> controls_;
  std::size_t limit_ = 64;
};

/// Node waits at its end for work that has begun: it is cancelled when the process exits or a worker is
/// ended.
void register_controls(Napi::Env env, Napi::Object exports) {
  const auto live = std::make_shared<LiveControls>();
  exports["createControl"] = Napi::Function::New(env, [live](const Napi::CallbackInfo& info) {
    auto control = std::make_shared<Control>();
    live->add(control);
    return wrap_control(info.Env(), std::move(control));
  });
  env.AddCleanupHook([live] { live->cancel(); });
  const auto process = env.Global().Get("process").As<Napi::Object>();
  const auto on_exit = Napi::Function::New(env, [live](const Napi::CallbackInfo&) { live->cancel(); });
  process.Get("on").As<Napi::Function>().Call(process, {Napi::String::New(env, "exit"), on_exit});
}

Napi::Value watch(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto given = info[0].As<Napi::Array>();
    std::vector<int> signals;
    for (std::uint32_t i = 0; i < given.Length(); ++i) {
      signals.push_back(given.Get(i).ToNumber().Int32Value());
    }
    watch_signals(signals, std::chrono::milliseconds(info[1].ToNumber().Int64Value()));
    return info.Env().Undefined();
  });
}

}  // namespace

void register_system(Napi::Env env, Napi::Object exports) {
  register_controls(env, exports);
  exports["buildInfo"] = Napi::Function::New(env, build_info);
  exports["devices"] = Napi::Function::New(env, devices);
  exports["cudaUnavailableReason"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return Napi::String::New(info.Env(), cuda_unavailable_reason());
  });
  exports["availableThreads"] = Napi::Function::New(
      env, [](const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), available_threads()); });
  exports["availableMemory"] = Napi::Function::New(env, [](const Napi::CallbackInfo& info) {
    return Napi::Number::New(info.Env(), static_cast<double>(available_memory()));
  });
  exports["cancelControl"] =
      Napi::Function::New(env, [](const Napi::CallbackInfo& info) { unwrap_control(info[0])->cancel(); });
  exports["watchSignals"] = Napi::Function::New(env, watch);
  exports["signalHeard"] = Napi::Function::New(env, [](const Napi::CallbackInfo&) { signal_heard(); });
  exports["controlProgress"] = Napi::Function::New(env, control_progress);
}

}  // namespace kroncut::addon
