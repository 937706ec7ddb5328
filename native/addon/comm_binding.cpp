#include "addon/bindings.hpp"

namespace kroncut::addon {

void register_comm(Napi::Env, Napi::Object) {}

}  // namespace kroncut::addon
