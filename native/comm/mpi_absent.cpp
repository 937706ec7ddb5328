#include "comm/communicator.hpp"
#include "core/error.hpp"

namespace kroncut {

std::unique_ptr<Communicator> make_mpi_communicator(std::size_t) {
  throw Error(ErrorCode::mpi, "this build has no MPI; install mpicc and run npm run setup");
}

std::string mpi_build_library() { return {}; }

}  // namespace kroncut
