#pragma once

#include <napi.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "core/error.hpp"

namespace kroncut::addon {

/// A JavaScript Error with the `code` of a kroncut::Error.
inline Napi::Error to_js_error(Napi::Env env, ErrorCode code, const std::string& message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Value().Set("code", Napi::String::New(env, std::string(error_code_name(code))));
  return error;
}

/// Calls `body` and turns C++ exceptions into JavaScript ones: the one place where errors are translated for
/// synchronous functions. (AsyncTask below is the one for promises.)
template <class Body>
Napi::Value guarded(Napi::Env env, Body&& body) {
  try {
    return body();
  } catch (const Error& error) {
    throw to_js_error(env, error.code(), error.what());
  } catch (const std::bad_alloc&) {
    throw to_js_error(env, ErrorCode::memory, "out of memory");
  }
}

/// The same for functions that return a promise: what goes wrong before the work starts rejects it.
template <class Body>
Napi::Value promised(Napi::Env env, Body&& body) {
  const auto reject = [env](const Napi::Error& error) -> Napi::Value {
    const auto deferred = Napi::Promise::Deferred::New(env);
    deferred.Reject(error.Value());
    return deferred.Promise();
  };
  try {
    return guarded(env, body);
  } catch (const Napi::Error& error) {
    return reject(error);
  }
}

/// Runs `work` on a libuv worker and resolves a promise with `convert(env, result)` on the event loop.
template <class Result>
class AsyncTask final : public Napi::AsyncWorker {
 public:
  using Work = std::function<Result()>;
  using Convert = std::function<Napi::Value(Napi::Env, Result&)>;

  static Napi::Promise start(Napi::Env env, Work work, Convert convert) {
    auto* const task = new AsyncTask(env, std::move(work), std::move(convert));
    const Napi::Promise promise = task->deferred_.Promise();
    task->Queue();
    return promise;
  }

 protected:
  void Execute() override {
    try {
      result_.emplace(work_());
    } catch (const Error& error) {
      code_ = error.code();
      SetError(error.what());
    } catch (const std::bad_alloc&) {
      code_ = ErrorCode::memory;
      SetError("out of memory");
    } catch (const std::exception& error) {
      code_ = ErrorCode::internal;
      SetError(error.what());
    }
  }

  void OnOK() override {
    const Napi::HandleScope scope(Env());
    try {
      deferred_.Resolve(convert_(Env(), *result_));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    } catch (const std::bad_alloc&) {
      deferred_.Reject(to_js_error(Env(), ErrorCode::memory, "out of memory").Value());
    }
  }

  void OnError(const Napi::Error& error) override {
    deferred_.Reject(to_js_error(Env(), code_, error.Message()).Value());
  }

 private:
  AsyncTask(Napi::Env env, Work work, Convert convert)
      : Napi::AsyncWorker(env),
        deferred_(Napi::Promise::Deferred::New(env)),
        work_(std::move(work)),
        convert_(std::move(convert)) {}

  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  std::optional<Result> result_;
  ErrorCode code_ = ErrorCode::internal;
};

}  // namespace kroncut::addon
