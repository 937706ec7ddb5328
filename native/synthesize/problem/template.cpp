#include "synthesize/problem/template.hpp"

#include <algorithm>
#include <cmath>
#include <string>

#include "core/error.hpp"
#include "synthesize/problem/linear.hpp"

namespace kroncut::synthesize {
namespace {

constexpr double given_tolerance = 1e-8;
constexpr double start_tolerance = 1e-6;

[[noreturn]] void refuse(const std::string& sentence) { throw Error(ErrorCode::input, sentence); }

int wanted_arity(GateKind kind) noexcept {
  switch (kind) {
    case GateKind::u3:
    case GateKind::rx:
    case GateKind::ry:
    case GateKind::rz:
      return 1;
    case GateKind::rxx:
    case GateKind::ryy:
    case GateKind::rzz:
    case GateKind::cx:
    case GateKind::cz:
      return 2;
    default:
      return 0;
  }
}

/// The Pauli product of a rotation, 0 for other kinds.
int rotation_axis(GateKind kind) noexcept {
  switch (kind) {
    case GateKind::rx:
      return 1;
    case GateKind::ry:
      return 2;
    case GateKind::rz:
      return 3;
    case GateKind::rxx:
      return 1 + 4;
    case GateKind::ryy:
      return 2 + 8;
    case GateKind::rzz:
      return 3 + 12;
    default:
      return 0;
  }
}

bool is_finite(std::span<const Complex> values) {
  return std::all_of(values.begin(), values.end(), [](Complex value) {
    return std::isfinite(value.real()) && std::isfinite(value.imag());
  });
}

void check_qubits(const TemplateGate& gate, int qubits, const std::string& name) {
  const int wanted = wanted_arity(gate.kind);
  if (gate.arity < 1 || gate.arity > 3 || (wanted != 0 && gate.arity != wanted)) {
    refuse(name + " is on " + std::to_string(gate.arity) + " qubits, but its kind acts on " +
           (wanted == 0 ? "1 to 3" : std::to_string(wanted)));
  }
  for (int j = 0; j < gate.arity; ++j) {
    const int qubit = gate.qubits[static_cast<std::size_t>(j)];
    if (qubit < 0 || qubit >= qubits) {
      refuse(name + " is on qubit " + std::to_string(qubit) + "; the template has qubits 0 to " +
             std::to_string(qubits - 1));
    }
    for (int i = 0; i < j; ++i) {
      if (gate.qubits[static_cast<std::size_t>(i)] == qubit)
        refuse(name + " names qubit " + std::to_string(qubit) + " twice");
    }
  }
}

void set_fixed(const TemplateGate& gate, const std::string& name, std::span<Complex> matrix) {
  const int d = 1 << gate.arity;
  for (int i = 0; i < d; ++i) matrix[static_cast<std::size_t>(i * d + i)] = 1;
  if (gate.kind == GateKind::cx) {
    matrix[5] = matrix[15] = 0;
    matrix[7] = matrix[13] = 1;
  } else if (gate.kind == GateKind::cz) {
    matrix[15] = -1;
  } else if (gate.kind == GateKind::constant) {
    if (gate.matrix.size() != matrix.size()) {
      refuse(name + " is a constant on " + std::to_string(gate.arity) + " qubits and needs a matrix of " +
             std::to_string(d) + " x " + std::to_string(d));
    }
    if (!is_finite(gate.matrix) || !(unitarity_error(d, gate.matrix.data()) <= given_tolerance)) {
      refuse(name + " is a constant whose matrix is not unitary");
    }
    std::copy(gate.matrix.begin(), gate.matrix.end(), matrix.begin());
  }
  if (gate.kind != GateKind::constant && !gate.matrix.empty())
    refuse(name + " has a matrix, but is not a constant");
}

/// Whether exp(i P) on a qubit right behind gate number `end` - 1 is what an earlier gate can do by itself, P
/// = 1, 2, 3 for X, Y, Z: back along the wire through cx and cz that P commutes with lies a gate that is free
/// there.
bool absorbed(const Plan& plan, std::size_t end, int qubit, int pauli) {
  for (std::size_t t = end; t-- > 0;) {
    const PlannedGate& gate = plan.gates[t];
    const auto qubits = std::span(gate.qubits).first(static_cast<std::size_t>(gate.arity));
    const auto place = std::find(qubits.begin(), qubits.end(), qubit) - qubits.begin();
    if (place == gate.arity) continue;
    if (gate.kind == GateKind::free || gate.kind == GateKind::u3) return true;
    const int passes = gate.kind == GateKind::cz || place == 0 ? 3 : 1;
    if ((gate.kind != GateKind::cx && gate.kind != GateKind::cz) || pauli != passes) return false;
  }
  return false;
}

/// The generators of the gate that is next that no earlier gate makes needless.
std::vector<int> needed_directions(const Plan& plan, const PlannedGate& gate) {
  std::vector<int> needed;
  for (const int generator : gate.generators) {
    bool needless = false;
    for (int j = 0; j < gate.arity; ++j) {
      const int digit = generator >> (2 * j);
      if (generator == (digit & 3) << (2 * j)) {
        needless =
            needless || absorbed(plan, plan.gates.size(), gate.qubits[static_cast<std::size_t>(j)], digit);
      }
    }
    if (!needless) needed.push_back(generator);
  }
  return needed;
}

}  // namespace

Plan make_plan(const Template& pattern) {
  if (pattern.qubits < 1 || pattern.qubits > most_qubits) {
    refuse("a template has 1 to " + std::to_string(most_qubits) + " qubits, not " +
           std::to_string(pattern.qubits));
  }
  Plan plan;
  plan.qubits = pattern.qubits;
  std::size_t number = 0;
  for (const TemplateGate& gate : pattern.gates) {
    const std::string name = "gate " + std::to_string(number++) + " of the template";
    check_qubits(gate, pattern.qubits, name);
    PlannedGate planned;
    planned.kind = gate.kind;
    planned.arity = gate.arity;
    planned.qubits = gate.qubits;
    planned.matrix = plan.fixed.size();
    planned.parameter = plan.parameters;
    plan.fixed.resize(plan.fixed.size() + planned.matrix_size());
    set_fixed(gate, name, std::span(plan.fixed).subspan(planned.matrix));
    if (const int axis = rotation_axis(gate.kind); axis != 0) {
      planned.generators = {axis};
      planned.parameters = 1;
    } else if (gate.kind == GateKind::free || gate.kind == GateKind::u3) {
      for (int p = 1; p < 1 << (2 * gate.arity); ++p) planned.generators.push_back(p);
      planned.parameters = gate.kind == GateKind::u3 ? 3 : 2 * planned.matrix_size();
    }
    plan.parameters += planned.parameters;
    planned.directions = needed_directions(plan, planned);
    plan.generators += planned.generators.size();
    plan.directions += planned.directions.size();
    plan.gates.push_back(std::move(planned));
  }
  if (!pattern.parameters.empty()) static_cast<void>(to_matrices(plan, pattern.parameters));
  return plan;
}

void check_target(const Target& target, int qubits) {
  if (target.qubits != qubits) {
    refuse("the target is on " + std::to_string(target.qubits) + " qubits, the template on " +
           std::to_string(qubits));
  }
  const std::size_t size = std::size_t{1} << qubits;
  const std::size_t columns = target.kind == TargetKind::state ? 1 : size;
  if (target.values.size() != size * columns) {
    refuse("the target has " + std::to_string(target.values.size()) + " entries; one on " +
           std::to_string(qubits) + " qubits has " + std::to_string(size * columns));
  }
  if (!is_finite(target.values)) refuse("the target has entries that are not finite numbers");
  if (target.kind == TargetKind::state) {
    double norm = 0;
    for (const Complex& value : target.values) norm += std::norm(value);
    if (!(std::abs(norm - 1) <= given_tolerance)) {
      refuse("the target state is not normalised: the squares of its amplitudes add up to " +
             std::to_string(norm));
    }
    return;
  }
  // T^dagger T = 1 is checked exactly up to 6 qubits, and by random vectors (T^dagger T x = x) beyond.
  if (qubits <= 6) {
    if (!(unitarity_error(static_cast<int>(size), target.values.data()) <= given_tolerance))
      refuse("the target is not unitary");
    return;
  }
  for (std::size_t probe = 0; probe < 4; ++probe) {
    std::vector<Complex> vector(size);
    std::vector<Complex> image(size);
    std::vector<Complex> back(size);
    for (std::size_t i = 0; i < size; ++i) {
      const double angle = static_cast<double>((i + 1) * (i + 3 + probe) % 9973 + probe);
      vector[i] = {std::cos(angle), std::sin(angle)};
    }
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) image[i] += multiply(target.values[i * size + j], vector[j]);
    }
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j)
        back[j] += multiply(std::conj(target.values[i * size + j]), image[i]);
    }
    for (std::size_t i = 0; i < size; ++i) {
      if (!(std::abs(back[i] - vector[i]) <= 10 * given_tolerance)) refuse("the target is not unitary");
    }
  }
}

void rotation(GateKind kind, double angle, std::span<Complex> matrix) {
  const int arity = wanted_arity(kind);
  const std::vector<Complex> pauli = pauli_matrix(arity, rotation_axis(kind));
  const int d = 1 << arity;
  for (int k = 0; k < d * d; ++k) {
    const auto at = static_cast<std::size_t>(k);
    matrix[at] = multiply(Complex(0, -std::sin(angle / 2)), pauli[at]);
    if (k % (d + 1) == 0) matrix[at] += std::cos(angle / 2);
  }
}

Matrices to_matrices(const Plan& plan, std::span<const double> parameters) {
  if (parameters.size() != plan.parameters) {
    refuse("the template has " + std::to_string(plan.parameters) + " parameters, but " +
           std::to_string(parameters.size()) + " values are given");
  }
  for (const double value : parameters) {
    if (!std::isfinite(value)) refuse("the template's parameters must be finite numbers");
  }
  Matrices matrices = plan.fixed;
  std::size_t number = 0;
  for (const PlannedGate& gate : plan.gates) {
    const double* const values = parameters.data() + gate.parameter;
    const std::span<Complex> matrix = std::span(matrices).subspan(gate.matrix, gate.matrix_size());
    if (gate.kind == GateKind::u3) {
      const double c = std::cos(values[0] / 2);
      const double s = std::sin(values[0] / 2);
      matrix[0] = c;
      matrix[1] = multiply(-s, std::polar(1.0, values[2]));
      matrix[2] = multiply(s, std::polar(1.0, values[1]));
      matrix[3] = multiply(c, std::polar(1.0, values[1] + values[2]));
    } else if (gate.kind == GateKind::free) {
      for (std::size_t k = 0; k < matrix.size(); ++k) matrix[k] = {values[2 * k], values[2 * k + 1]};
      if (!(unitarity_error(gate.dimension(), matrix.data()) <= start_tolerance)) {
        refuse("the values given for gate " + std::to_string(number) +
               " of the template are not a unitary matrix");
      }
    } else if (gate.adjustable()) {
      rotation(gate.kind, values[0], matrix);
    }
    ++number;
  }
  return matrices;
}

std::vector<double> to_parameters(const Plan& plan, const Matrices& matrices) {
  std::vector<double> parameters(plan.parameters);
  for (const PlannedGate& gate : plan.gates) {
    double* const values = parameters.data() + gate.parameter;
    const Complex* const matrix = matrices.data() + gate.matrix;
    if (gate.kind == GateKind::u3) {
      const double lower = std::abs(matrix[2]);
      const double upper = std::abs(matrix[0]);
      values[0] = 2 * std::atan2(lower, upper);
      constexpr double nothing = 1e-150;
      // The sum of the two phases is well determined where the diagonal is large, else their difference.
      if (upper >= lower) {
        values[1] = lower > nothing ? std::arg(multiply(matrix[2], std::conj(matrix[0]))) : 0;
        values[2] = std::arg(multiply(matrix[3], std::conj(matrix[0]))) - values[1];
      } else {
        const double difference = std::arg(multiply(-matrix[2], std::conj(matrix[1])));
        values[1] = upper > nothing ? std::arg(multiply(matrix[2], std::conj(matrix[0]))) : difference;
        values[2] = values[1] - difference;
      }
    } else if (gate.kind == GateKind::free) {
      for (std::size_t k = 0; k < gate.matrix_size(); ++k) {
        values[2 * k] = matrix[k].real();
        values[2 * k + 1] = matrix[k].imag();
      }
    } else if (gate.adjustable()) {
      const int d = gate.dimension();
      const std::vector<Complex> pauli = pauli_matrix(gate.arity, gate.generators[0]);
      double cosine = 0;
      double sine = 0;
      for (int k = 0; k < d * d; ++k) {
        const auto at = static_cast<std::size_t>(k);
        if (k % (d + 1) == 0) cosine += matrix[k].real();
        sine -= multiply(std::conj(pauli[at]), matrix[k]).imag();
      }
      values[0] = 2 * std::atan2(sine, cosine);
    }
  }
  return parameters;
}

}  // namespace kroncut::synthesize
