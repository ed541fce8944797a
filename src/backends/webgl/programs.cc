#include "backends/webgl/programs.h"

#include <GLES3/gl3.h>

#include "backends/webgl/shader.h"

namespace alice::webgl {
namespace {

/// One triangle that covers everything.
constexpr const char* kVertexShader = R"(#version 300 es
void main() {
  gl_Position = vec4(gl_VertexID == 1 ? 3.0 : -1.0, gl_VertexID == 2 ? 3.0 : -1.0, 0.0, 1.0);
}
)";

GLuint Compile(GLenum stage, const char* text) {
  const GLuint shader = glCreateShader(stage);
  glShaderSource(shader, 1, &text, nullptr);
  glCompileShader(shader);
  return shader;
}

Error NotBuilt(GLuint program, GLuint fragment) {
  std::array<char, 512> log{};
  glGetShaderInfoLog(fragment, static_cast<GLsizei>(log.size()), nullptr, log.data());
  if (log[0] == '\0') glGetProgramInfoLog(program, static_cast<GLsizei>(log.size()), nullptr, log.data());
  return MakeError(ErrorCode::backend_unavailable, "a shader could not be built: ", std::string_view(log.data()));
}

}  // namespace

void Program::Use(const Parameters& parameters) const {
  glUseProgram(id_);
  glUniform1iv(parameters_, static_cast<GLsizei>(parameters.size()), parameters.data());
}

Result<const Program*> ProgramCache::Get(const std::string& fragment_shader) {
  const auto [entry, is_new] = programs_.try_emplace(fragment_shader);
  if (is_new) {
    Status built = Build(fragment_shader, entry->second);
    if (!built.ok()) {
      programs_.erase(entry);
      return std::move(built).error();
    }
  }
  return &entry->second;
}

Status ProgramCache::Rebuild() {
  for (auto& [text, program] : programs_) ALICE_RETURN_IF_ERROR(Build(text, program));
  return {};
}

Status ProgramCache::Build(const std::string& fragment_shader, Program& program) {
  const GLuint vertex = Compile(GL_VERTEX_SHADER, kVertexShader);
  const GLuint fragment = Compile(GL_FRAGMENT_SHADER, fragment_shader.c_str());
  program.id_ = glCreateProgram();
  glAttachShader(program.id_, vertex);
  glAttachShader(program.id_, fragment);
  glLinkProgram(program.id_);
  GLint is_linked = GL_FALSE;
  glGetProgramiv(program.id_, GL_LINK_STATUS, &is_linked);
  Status status;
  if (is_linked == GL_FALSE) status = NotBuilt(program.id_, fragment);
  glDeleteShader(vertex);
  glDeleteShader(fragment);
  if (is_linked == GL_FALSE) {
    glDeleteProgram(program.id_);
    return status;
  }
  program.parameters_ = glGetUniformLocation(program.id_, "p");
  glUseProgram(program.id_);
  for (std::size_t unit = 0; unit < kSources; ++unit) {
    const std::string name = SourceName(unit);
    glUniform1i(glGetUniformLocation(program.id_, name.c_str()), static_cast<GLint>(unit));
  }
  return {};
}

}  // namespace alice::webgl
