#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include "base/result.h"

namespace alice::webgl {

/// What a draw tells its program besides textures: integers, and floats as their bits.
inline constexpr std::size_t kParameters = 32;
using Parameters = std::array<std::int32_t, kParameters>;
/// The most textures that a program reads.
inline constexpr std::size_t kSources = 6;

/// A fragment shader, compiled. Stays where it is as long as its cache.
class Program {
 public:
  void Use(const Parameters& parameters) const;

 private:
  friend class ProgramCache;
  std::uint32_t id_ = 0;
  std::int32_t parameters_ = -1;  ///< where the uniform is
};

/// Every program of a context, by its text (shader.h).
class ProgramCache {
 public:
  /// The program of that fragment shader. Requires Context::Use. Error: backend_unavailable, with what the compiler says.
  Result<const Program*> Get(const std::string& fragment_shader);
  /// Compiles all of them anew.
  Status Rebuild();

 private:
  static Status Build(const std::string& fragment_shader, Program& program);

  std::map<std::string, Program> programs_;
};

}  // namespace alice::webgl
