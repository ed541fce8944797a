#include <algorithm>

#include "ir/shape_product.h"
#include "ir/shape_rules.h"

namespace alice {
namespace {

/// The asked dims with copied axes filled in; the axis to be derived is left out of `dims`.
struct Asked {
  std::vector<Dim> dims;
  std::optional<std::size_t> derived_axis;
};

Result<Asked> ReadDims(const SymbolicShape& shape, const ReshapeAttributes& attributes) {
  Asked asked;
  bool zero_size = false;
  for (std::size_t axis = 0; axis < attributes.dims.rank(); ++axis) {
    const std::int64_t size = attributes.dims[axis];
    if (size < -1) return MakeError(ErrorCode::shape_mismatch, "a size may not be ", size);
    if (size == -1) {
      if (asked.derived_axis) return MakeError(ErrorCode::shape_mismatch, "only one size may be -1");
      asked.derived_axis = axis;
    } else if (size == 0 && !attributes.allow_zero) {
      if (axis >= shape.rank()) {
        return MakeError(ErrorCode::shape_mismatch, "axis ", axis, " is to be copied, but is not there");
      }
      asked.dims.push_back(shape.dims[axis]);
    } else {
      zero_size = zero_size || size == 0;
      asked.dims.push_back(Dim::Known(size));
    }
  }
  if (zero_size && asked.derived_axis) {
    return MakeError(ErrorCode::shape_mismatch, "with allowzero, 0 and -1 exclude each other");
  }
  return asked;
}

/// from / to, symbol by symbol; `to` holds no symbol more often than `from` does.
std::vector<std::int32_t> RemainingSymbols(const SymbolicProduct& from, const SymbolicProduct& to) {
  std::vector<std::int32_t> symbols = from.symbols;
  for (const std::int32_t symbol : to.symbols) {
    if (const auto found = std::find(symbols.begin(), symbols.end(), symbol); found != symbols.end()) {
      symbols.erase(found);
    }
  }
  return symbols;
}

OwnedError Unresolved() {
  return MakeError(ErrorCode::shape_unresolved, "the symbolic axes do not move to one axis of the new shape");
}

OwnedError Mismatch() { return MakeError(ErrorCode::shape_mismatch, "the numbers of elements differ"); }

Result<SymbolicShape> Reshaped(const SymbolicShape& shape, const ReshapeAttributes& attributes) {
  ALICE_ASSIGN_OR_RETURN(Asked asked, ReadDims(shape, attributes));
  ALICE_ASSIGN_OR_RETURN(const SymbolicProduct from, ProductOf(shape.dims));
  ALICE_ASSIGN_OR_RETURN(const SymbolicProduct to, ProductOf(asked.dims));
  const std::vector<std::int32_t> symbols = RemainingSymbols(from, to);

  if (!asked.derived_axis) {
    if (!symbols.empty() && from.factor != 0) return Unresolved();
    if (from.factor != to.factor) return Mismatch();
    return SymbolicShape{std::move(asked.dims)};
  }
  if (to.factor == 0) {
    return MakeError(ErrorCode::shape_unresolved, "nothing determines the -1 of a shape without elements");
  }
  Dim derived;
  if (symbols.empty() || from.factor == 0) {
    if (from.factor % to.factor != 0) return Mismatch();
    derived = Dim::Known(from.factor / to.factor);
  } else {
    if (symbols.size() > 1 || from.factor != to.factor) return Unresolved();
    derived = Dim::Symbol(symbols[0]);
  }
  asked.dims.insert(asked.dims.begin() + static_cast<std::ptrdiff_t>(*asked.derived_axis), derived);
  return SymbolicShape{std::move(asked.dims)};
}

}  // namespace

Status InferReshape(const RuleInput& in, std::span<TensorType> out) {
  const auto& attributes = std::get<ReshapeAttributes>(in.node.attributes);
  Result<SymbolicShape> shape = Reshaped(in.shape(0), attributes);
  if (!shape.ok()) {
    OwnedError error = std::move(shape).error();
    error->message =
        "the shape " + in.Text(in.shape(0)) + " cannot become " + attributes.dims.ToString() + ": " + error->message;
    return error;
  }
  out[0] = {in.value(0).dtype, std::move(shape).value()};
  return {};
}

}  // namespace alice
