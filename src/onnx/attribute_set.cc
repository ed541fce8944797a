#include "onnx/attribute_set.h"

#include <algorithm>

#include "onnx/message.h"

namespace alice {

std::string Title(const NodeFields& node) { return std::string(node.op_type) + " \"" + std::string(node.name) + "\""; }

Result<const AttributeFields*> AttributeSet::Take(const char* name, AttributeType type) {
  for (const AttributeFields& attribute : node_.attributes) {
    if (attribute.name != name) continue;
    ++taken_;
    names_taken_.emplace_back(name);
    if (attribute.type == type) return &attribute;
    return MakeError(ErrorCode::model_invalid_graph, "the attribute \"", name, "\" of ", Title(node_),
                     " has another type than ONNX gives it");
  }
  return static_cast<const AttributeFields*>(nullptr);
}

Result<float> AttributeSet::Float(const char* name, float otherwise) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const attribute, Take(name, AttributeType::real));
  return attribute == nullptr ? otherwise : attribute->f;
}

Result<std::int64_t> AttributeSet::Int(const char* name, std::int64_t otherwise) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const attribute, Take(name, AttributeType::integer));
  return attribute == nullptr ? otherwise : attribute->i;
}

Result<std::string_view> AttributeSet::String(const char* name, std::string_view otherwise) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const attribute, Take(name, AttributeType::string));
  return attribute == nullptr ? otherwise : attribute->text;
}

Result<Shape> AttributeSet::Ints(const char* name) {
  ALICE_ASSIGN_OR_RETURN(const std::vector<std::int64_t> list, IntList(name, kMaxRank));
  return Shape(list);
}

Result<std::vector<std::int64_t>> AttributeSet::IntList(const char* name, std::size_t most) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const attribute, Take(name, AttributeType::integers));
  std::vector<std::int64_t> list;
  std::size_t count = 0;
  for (Message<AttributeField> message(attribute == nullptr ? "" : attribute->bytes); message.Next();) {
    if (message.field() != AttributeField::ints) {
      message.Skip();
      continue;
    }
    message.EachInt([&](std::int64_t element) {
      if (++count <= most) list.push_back(element);
    });
  }
  if (count > most) return TooLong(name, count, most);
  return list;
}

Result<std::vector<float>> AttributeSet::FloatList(const char* name, std::size_t most) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const attribute, Take(name, AttributeType::reals));
  std::vector<float> list;
  std::size_t count = 0;
  for (Message<AttributeField> message(attribute == nullptr ? "" : attribute->bytes); message.Next();) {
    if (message.field() != AttributeField::floats) {
      message.Skip();
      continue;
    }
    message.EachFloat([&](float element) {
      if (++count <= most) list.push_back(element);
    });
  }
  if (count > most) return TooLong(name, count, most);
  return list;
}

Result<std::vector<std::string_view>> AttributeSet::StringList(const char* name, std::size_t most) {
  ALICE_ASSIGN_OR_RETURN(const AttributeFields* const attribute, Take(name, AttributeType::strings));
  std::vector<std::string_view> list;
  std::size_t count = 0;
  for (Message<AttributeField> message(attribute == nullptr ? "" : attribute->bytes); message.Next();) {
    if (message.field() != AttributeField::strings) {
      message.Skip();
      continue;
    }
    const std::string_view element = message.Bytes();
    if (++count <= most) list.push_back(element);
  }
  if (count > most) return TooLong(name, count, most);
  return list;
}

OwnedError AttributeSet::TooLong(const char* name, std::size_t count, std::size_t most) const {
  return MakeError(ErrorCode::model_limit, "the attribute \"", name, "\" of ", Title(node_), " lists ", count,
                   " elements; the most is ", most);
}

Status AttributeSet::Only(const char* name, std::int64_t implemented) {
  ALICE_ASSIGN_OR_RETURN(const std::int64_t given, Int(name, implemented));
  if (given == implemented) return {};
  return MakeError(ErrorCode::model_unsupported_attribute, "the attribute \"", name, "\" of ", Title(node_), " is ",
                   given, "; only ", implemented, " is supported");
}

Status AttributeSet::CheckAllTaken() const {
  if (taken_ == node_.attributes.size()) return {};
  for (const AttributeFields& attribute : node_.attributes) {
    if (std::find(names_taken_.begin(), names_taken_.end(), attribute.name) != names_taken_.end()) continue;
    return MakeError(ErrorCode::model_unsupported_attribute, "the attribute \"", attribute.name, "\" of ", Title(node_),
                     " is not supported");
  }
  return {};
}

}  // namespace alice
