#include "simulate/fuse.hpp"

#include <array>
#include <cstddef>

#include "simulate/gate_matrix.hpp"

namespace kroncut {
namespace {

/// Gates in time order; a gate may only be changed while it is the last one on the qubits concerned.
class Fusion {
 public:
  Fusion(const GateProgram& program, const Control* control)
      : last_(static_cast<std::size_t>(program.qubits), none) {
    nodes_.reserve(program.gates.size());
    for (GateOperation gate : program.gates) {
      if (control != nullptr) control->check();
      snap(gate);
      if (gate.second < 0) {
        add_single(gate);
      } else {
        add_pair(gate);
      }
    }
  }

  std::vector<GateOperation> take() {
    std::vector<GateOperation> result;
    for (const auto& node : nodes_) {
      if (node.alive && !is_identity(node.gate)) result.push_back(node.gate);
    }
    return result;
  }

 private:
  static constexpr std::size_t none = static_cast<std::size_t>(-1);
  struct Node {
    GateOperation gate;
    bool alive = true;
  };

  std::size_t& last(int qubit) { return last_[static_cast<std::size_t>(qubit)]; }

  void append(const GateOperation& gate) {
    last(gate.first) = nodes_.size();
    if (gate.second >= 0) last(gate.second) = nodes_.size();
    nodes_.push_back({gate});
  }

  void add_single(const GateOperation& gate) {
    const std::size_t before = last(gate.first);
    if (before != none) {
      GateOperation& earlier = nodes_[before].gate;
      const GateOperation joint = compose(gate, earlier);
      if (gate_cost(joint) <= gate_cost(gate) + gate_cost(earlier)) {
        earlier = joint;
        return;
      }
    }
    append(gate);
  }

  void add_pair(const GateOperation& gate) {
    const std::array<std::size_t, 2> before{last(gate.first), last(gate.second)};
    if (before[0] != none && before[0] == before[1]) {
      GateOperation& earlier = nodes_[before[0]].gate;
      const GateOperation joint = compose(gate, earlier);
      if (gate_cost(joint) <= gate_cost(gate) + gate_cost(earlier)) {
        earlier = joint;
        return;
      }
      append(gate);
      return;
    }
    // Which of the one-qubit gates just before go in: neither, one or both, whichever costs least.
    GateOperation best = gate;
    unsigned best_choice = 0;
    double best_saving = 0;
    for (unsigned choice = 1; choice < 4; ++choice) {
      GateOperation joint = gate;
      double parts = gate_cost(gate);
      bool possible = true;
      for (unsigned side = 0; side < 2; ++side) {
        if ((choice >> side & 1U) == 0) continue;
        possible = possible && before[side] != none && nodes_[before[side]].gate.second < 0;
        if (!possible) break;
        parts += gate_cost(nodes_[before[side]].gate);
        joint = compose(joint, nodes_[before[side]].gate);
      }
      if (!possible) continue;
      const double saving = parts - gate_cost(joint);
      if (saving >= best_saving) {
        best = joint;
        best_choice = choice;
        best_saving = saving;
      }
    }
    for (unsigned side = 0; side < 2; ++side) {
      if ((best_choice >> side & 1U) != 0) nodes_[before[side]].alive = false;
    }
    append(best);
  }

  std::vector<Node> nodes_;
  std::vector<std::size_t> last_;
};

}  // namespace

std::vector<GateOperation> fuse(const GateProgram& program, const Control* control) {
  return Fusion(program, control).take();
}

}  // namespace kroncut
