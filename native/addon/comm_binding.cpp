#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "addon/async.hpp"
#include "addon/bindings.hpp"
#include "comm/communicator.hpp"
#include "comm/engine.hpp"

namespace kroncut::addon {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// One call that the engine's thread works on: settles its promise on the event loop. The thread-safe
/// function lives as long as the call, so a pending call keeps the event loop alive and an idle engine does
/// not.
class Call {
 public:
  using Result = std::function<Napi::Value(Napi::Env)>;

  explicit Call(Napi::Env env)
      : deferred_(Napi::Promise::Deferred::New(env)), settle_(Settle::New(env, "kroncut mpi", 0, 1)) {}

  [[nodiscard]] Napi::Promise promise() const { return deferred_.Promise(); }

  /// Engine thread: runs `body` and hands its answer over. The call belongs to the event loop afterwards.
  template <class Body>
  static void finish(std::unique_ptr<Call> call, Body&& body) {
    try {
      call->result_ = body();
    } catch (const Error& error) {
      call->fail(error.code(), error.what());
    } catch (const std::bad_alloc&) {
      call->fail(ErrorCode::memory, "out of memory");
    } catch (const std::exception& error) {
      call->fail(ErrorCode::internal, error.what());
    }
    Settle settle = call->settle_;
    Call* const raw = call.release();
    if (settle.BlockingCall(raw) == napi_ok) {
      settle.Release();
    } else {
      delete raw;  // the event loop has ended
    }
  }

  /// Event loop: a call that never reached the engine.
  static void discard(std::unique_ptr<Call> call) { call->settle_.Release(); }

 private:
  static void on_event_loop(Napi::Env env, Napi::Function, std::nullptr_t*, Call* raw) {
    const std::unique_ptr<Call> call(raw);
    if (static_cast<napi_env>(env) == nullptr) return;
    const Napi::HandleScope scope(env);
    try {
      if (call->result_) {
        call->deferred_.Resolve(call->result_(env));
      } else {
        call->deferred_.Reject(to_js_error(env, call->code_, call->message_).Value());
      }
    } catch (const Napi::Error& error) {
      call->deferred_.Reject(error.Value());
    }
  }

  using Settle = Napi::TypedThreadSafeFunction<std::nullptr_t, Call, on_event_loop>;

  void fail(ErrorCode code, const char* message) {
    code_ = code;
    message_ = message;
  }

  Napi::Promise::Deferred deferred_;
  Settle settle_;
  Result result_;
  ErrorCode code_ = ErrorCode::internal;
  std::string message_;
};

/// Has the engine run `body(communicator)`; what it returns makes the promise's value on the event loop.
template <class Body>
Napi::Value submit(Napi::Env env, Body body) {
  auto call = std::make_unique<Call>(env);
  const Napi::Promise promise = call->promise();
  // std::function wants copies, so the call travels as a plain pointer and `finish` takes it over.
  Call* const raw = call.release();
  try {
    Engine::process().post([raw, body = std::move(body)](Communicator* communicator) mutable {
      Call::finish(std::unique_ptr<Call>(raw), [&]() -> Call::Result {
        if (communicator == nullptr) throw Error(ErrorCode::mpi, "MPI has ended");
        return body(*communicator);
      });
    });
  } catch (...) {
    Call::discard(std::unique_ptr<Call>(raw));
    throw;
  }
  return promise;
}

Napi::Value to_js(Napi::Env env, const Bytes& bytes) {
  auto buffer = Napi::ArrayBuffer::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), static_cast<std::uint8_t*>(buffer.Data()));
  return Napi::Uint8Array::New(env, bytes.size(), buffer, 0);
}

Napi::Value to_js(Napi::Env env, const WorldInfo& world) {
  Napi::Object result = Napi::Object::New(env);
  result["rank"] = Napi::Number::New(env, world.rank);
  result["size"] = Napi::Number::New(env, world.size);
  result["nodeRank"] = Napi::Number::New(env, world.node_rank);
  result["nodeSize"] = Napi::Number::New(env, world.node_size);
  result["node"] = Napi::Number::New(env, world.node);
  result["nodes"] = Napi::Number::New(env, world.nodes);
  result["processor"] = Napi::String::New(env, world.processor);
  result["library"] = Napi::String::New(env, world.library);
  return result;
}

Bytes bytes_argument(const Napi::CallbackInfo& info, std::size_t index) {
  if (!info[index].IsTypedArray() ||
      info[index].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    throw Napi::TypeError::New(info.Env(), "Uint8Array expected");
  }
  const auto array = info[index].As<Napi::Uint8Array>();
  return {array.Data(), array.Data() + array.ByteLength()};
}

std::int64_t integer_argument(const Napi::CallbackInfo& info, std::size_t index) {
  if (!info[index].IsNumber()) throw Napi::TypeError::New(info.Env(), "number expected");
  return info[index].As<Napi::Number>().Int64Value();
}

int rank_argument(const Napi::CallbackInfo& info, std::size_t index) {
  const std::int64_t rank = integer_argument(info, index);
  if (rank < 0 || rank > std::numeric_limits<int>::max()) {
    throw Napi::RangeError::New(info.Env(), "rank out of range");
  }
  return static_cast<int>(rank);
}

Napi::Value start(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::size_t message_bytes = default_message_bytes;
  if (info[0].IsObject()) {
    const Napi::Value value = info[0].As<Napi::Object>().Get("messageBytes");
    if (value.IsNumber()) message_bytes = static_cast<std::size_t>(value.As<Napi::Number>().Int64Value());
  }
  return guarded(env, [&] {
    auto call = std::make_unique<Call>(env);
    const Napi::Promise promise = call->promise();
    Call* const raw = call.release();
    try {
      Engine::process().start([message_bytes] { return make_mpi_communicator(message_bytes); },
                              [raw](Communicator* communicator, const std::exception_ptr& error) {
                                Call::finish(std::unique_ptr<Call>(raw), [&]() -> Call::Result {
                                  if (communicator == nullptr) std::rethrow_exception(error);
                                  return [world = communicator->world()](Napi::Env own) {
                                    return to_js(own, world);
                                  };
                                });
                              });
    } catch (...) {
      Call::discard(std::unique_ptr<Call>(raw));
      throw;
    }
    return promise;
  });
}

Napi::Value undefined(Napi::Env env) { return env.Undefined(); }

Napi::Value barrier(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return submit(info.Env(), [](Communicator& communicator) -> Call::Result {
      communicator.barrier();
      return undefined;
    });
  });
}

Napi::Value broadcast(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return submit(info.Env(), [data = bytes_argument(info, 0),
                               root = rank_argument(info, 1)](Communicator& communicator) mutable {
      communicator.broadcast(data, root);
      return Call::Result([data = std::move(data)](Napi::Env env) { return to_js(env, data); });
    });
  });
}

Napi::Value gather(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return submit(info.Env(),
                  [data = bytes_argument(info, 0),
                   root = rank_argument(info, 1)](Communicator& communicator) -> Call::Result {
                    return [all = communicator.gather(data, root)](Napi::Env env) {
                      Napi::Array result = Napi::Array::New(env, all.size());
                      for (std::size_t i = 0; i < all.size(); ++i) {
                        result[static_cast<std::uint32_t>(i)] = to_js(env, all[i]);
                      }
                      return result;
                    };
                  });
  });
}

Napi::Value all_reduce(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    if (!info[0].IsTypedArray() || info[0].As<Napi::TypedArray>().TypedArrayType() != napi_float64_array) {
      throw Napi::TypeError::New(info.Env(), "Float64Array expected");
    }
    const auto array = info[0].As<Napi::Float64Array>();
    std::vector<double> values(array.Data(), array.Data() + array.ElementLength());
    const std::string name = info[1].ToString().Utf8Value();
    ReduceOperation operation = ReduceOperation::sum;
    if (name == "min") {
      operation = ReduceOperation::min;
    } else if (name == "max") {
      operation = ReduceOperation::max;
    } else if (name != "sum") {
      throw Error(ErrorCode::internal, "unknown reduction " + name);
    }
    return submit(info.Env(), [values = std::move(values), operation](Communicator& communicator) mutable {
      communicator.all_reduce(values, operation);
      return Call::Result([values = std::move(values)](Napi::Env env) {
        auto result = Napi::Float64Array::New(env, values.size());
        std::copy(values.begin(), values.end(), result.Data());
        return result;
      });
    });
  });
}

Napi::Value fetch_add(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return submit(info.Env(),
                  [counter = rank_argument(info, 0),
                   amount = integer_argument(info, 1)](Communicator& communicator) -> Call::Result {
                    const std::int64_t before = communicator.fetch_add(counter, amount);
                    return [before](Napi::Env env) {
                      return Napi::Number::New(env, static_cast<double>(before));
                    };
                  });
  });
}

Napi::Value split_by_device(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    return submit(info.Env(),
                  [device = info[0].ToString().Utf8Value()](Communicator& communicator) -> Call::Result {
                    return [group = communicator.split_by_device(device)](Napi::Env env) {
                      Napi::Object result = Napi::Object::New(env);
                      result["rank"] = Napi::Number::New(env, group.rank);
                      result["size"] = Napi::Number::New(env, group.size);
                      return result;
                    };
                  });
  });
}

Napi::Value finalize(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    auto call = std::make_unique<Call>(env);
    const Napi::Promise promise = call->promise();
    Call* const raw = call.release();
    try {
      Engine::process().finalize([raw](const std::exception_ptr& error) {
        Call::finish(std::unique_ptr<Call>(raw), [&]() -> Call::Result {
          if (error != nullptr) std::rethrow_exception(error);
          return undefined;
        });
      });
    } catch (...) {
      Call::discard(std::unique_ptr<Call>(raw));
      throw;
    }
    return promise;
  });
}

Napi::Value finalize_sync(const Napi::CallbackInfo& info) {
  const double seconds = info[0].IsNumber() ? info[0].As<Napi::Number>().DoubleValue() : 2.0;
  const auto limit = std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  return guarded(info.Env(),
                 [&] { return Napi::Boolean::New(info.Env(), Engine::process().finalize_and_wait(limit)); });
}

void abort(const Napi::CallbackInfo& info) {
  Engine::process().abort(static_cast<int>(integer_argument(info, 0)));
}

void exit_now(const Napi::CallbackInfo& info) { _exit(static_cast<int>(integer_argument(info, 0))); }

Napi::Value state(const Napi::CallbackInfo& info) {
  const char* name = "new";
  switch (Engine::process().state()) {
    case Engine::State::fresh:
      break;
    case Engine::State::starting:
      name = "starting";
      break;
    case Engine::State::running:
      name = "running";
      break;
    case Engine::State::finalized:
      name = "finalized";
      break;
    case Engine::State::failed:
      name = "failed";
      break;
  }
  return Napi::String::New(info.Env(), name);
}

}  // namespace

void register_comm(Napi::Env env, Napi::Object exports) {
  exports["mpiStart"] = Napi::Function::New(env, start);
  exports["mpiBarrier"] = Napi::Function::New(env, barrier);
  exports["mpiBroadcast"] = Napi::Function::New(env, broadcast);
  exports["mpiGather"] = Napi::Function::New(env, gather);
  exports["mpiAllReduce"] = Napi::Function::New(env, all_reduce);
  exports["mpiFetchAdd"] = Napi::Function::New(env, fetch_add);
  exports["mpiSplitByDevice"] = Napi::Function::New(env, split_by_device);
  exports["mpiFinalize"] = Napi::Function::New(env, finalize);
  exports["mpiFinalizeSync"] = Napi::Function::New(env, finalize_sync);
  exports["mpiAbort"] = Napi::Function::New(env, abort);
  exports["mpiState"] = Napi::Function::New(env, state);
  exports["exitNow"] = Napi::Function::New(env, exit_now);
}

}  // namespace kroncut::addon
