#include "backends/webgl/programs.h"

#include <GLES3/gl3.h>
#include <algorithm>
#include <utility>
#include <vector>

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

OwnedError NotBuilt(GLuint program, GLuint fragment) {
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

const Program* ProgramCache::Get(const std::string& fragment_shader) {
  const auto [entry, is_new] = programs_.try_emplace(fragment_shader);
  if (is_new) entry->second.text_ = &entry->first;
  return &entry->second;
}

void ProgramCache::Forget() {
  for (auto& [text, program] : programs_) program.id_ = 0;
}

Status ProgramCache::Build(std::span<const Program* const> programs) {
  std::vector<Started> started;
  for (const Program* const program : programs) {
    const bool is_under_way = std::ranges::find(started, program, &Started::program) != started.end();
    if (!program->is_built() && !is_under_way) started.push_back(Start(programs_.at(*program->text_)));
  }
  Status status;
  for (const Started& one : started) {
    Status finished = Finish(one);
    if (status.ok()) status = std::move(finished);
  }
  return status;
}

ProgramCache::Started ProgramCache::Start(Program& program) {
  const Started started{&program, glCreateProgram(), Compile(GL_VERTEX_SHADER, kVertexShader),
                        Compile(GL_FRAGMENT_SHADER, program.text_->c_str())};
  glAttachShader(started.id, started.vertex);
  glAttachShader(started.id, started.fragment);
  glLinkProgram(started.id);
  return started;
}

Status ProgramCache::Finish(const Started& started) {
  GLint is_linked = GL_FALSE;
  glGetProgramiv(started.id, GL_LINK_STATUS, &is_linked);
  Status status;
  if (is_linked == GL_FALSE) status = NotBuilt(started.id, started.fragment);
  glDeleteShader(started.vertex);
  glDeleteShader(started.fragment);
  if (is_linked == GL_FALSE) {
    glDeleteProgram(started.id);
    return status;
  }
  Program& program = *started.program;
  program.id_ = started.id;
  program.parameters_ = glGetUniformLocation(program.id_, "p");
  glUseProgram(program.id_);
  for (std::size_t unit = 0; unit < kSources; ++unit) {
    const std::string name = SourceName(unit);
    glUniform1i(glGetUniformLocation(program.id_, name.c_str()), static_cast<GLint>(unit));
  }
  return {};
}

}  // namespace alice::webgl
