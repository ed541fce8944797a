#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

#include "base/result.h"

namespace alice::webgl {

/// What a draw tells its program besides textures: integers, and floats as their bits.
inline constexpr std::size_t kParameters = 32;
using Parameters = std::array<std::int32_t, kParameters>;
/// The most textures that a program reads.
inline constexpr std::size_t kSources = 6;

/// A fragment shader. Stays where it is as long as its cache.
class Program {
 public:
  /// Requires ProgramCache::Build.
  void Use(const Parameters& parameters) const;
  [[nodiscard]] bool is_built() const { return id_ != 0; }

 private:
  friend class ProgramCache;
  const std::string* text_ = nullptr;
  std::uint32_t id_ = 0;
  std::int32_t parameters_ = -1;  ///< where the uniform is
};

/// Every program of a context, by its text (shader.h).
class ProgramCache {
 public:
  /// The program of that fragment shader, which is built when it is needed.
  const Program* Get(const std::string& fragment_shader);
  /// Builds those of `programs` that are not, all at a time, for the compiler may have several hands. Requires Context::Use.
  /// Error: backend_unavailable, with what the compiler says.
  Status Build(std::span<const Program* const> programs);
  /// None of them is built any more: the context took them along.
  void Forget();

 private:
  /// A program whose parts are being compiled.
  struct Started {
    Program* program;
    std::uint32_t id, vertex, fragment;
  };
  static Started Start(Program& program);
  static Status Finish(const Started& started);

  std::map<std::string, Program> programs_;
};

}  // namespace alice::webgl
