#pragma once

#include "onnx/attribute_set.h"

namespace alice {

// Operators that move elements (import_movement.cc, import_resize.cc). What some operator sets give as attributes and
// others as inputs becomes an attribute here; errors are those of parameter.h, and model_invalid_graph,
// model_unsupported_attribute for what is not an operator's or not implemented.

Result<Attributes> ImportSlice(ImportContext& context);
Result<Attributes> ImportGather(ImportContext& context);
Result<Attributes> ImportSqueeze(ImportContext& context);
Result<Attributes> ImportUnsqueeze(ImportContext& context);
Result<Attributes> ImportExpand(ImportContext& context);
Result<Attributes> ImportTile(ImportContext& context);
Result<Attributes> ImportPad(ImportContext& context);
Result<Attributes> ImportSplit(ImportContext& context);
Result<Attributes> ImportShape(ImportContext& context);
Result<Attributes> ImportConstantOfShape(ImportContext& context);
Result<Attributes> ImportDepthToSpace(ImportContext& context);
Result<Attributes> ImportSpaceToDepth(ImportContext& context);
Result<Attributes> ImportDropout(ImportContext& context);
Result<Attributes> ImportResize(ImportContext& context);
Result<Attributes> ImportUpsample(ImportContext& context);

}  // namespace alice
