#include "addon/bindings.hpp"

namespace kroncut::addon {

void register_simulate(Napi::Env, Napi::Object) {}

}  // namespace kroncut::addon
