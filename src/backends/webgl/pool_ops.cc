// MaxPool and AveragePool, channels-last, and the global ones over one window that holds all.
#include <algorithm>

#include "backends/webgl/drawn_op.h"
#include "ir/window.h"

namespace alice::webgl {
namespace {

bool IsGlobal(OpKind kind) { return kind == OpKind::GlobalAveragePool || kind == OpKind::GlobalMaxPool; }

bool TakesMaximum(OpKind kind) { return kind == OpKind::MaxPool || kind == OpKind::GlobalMaxPool; }

// By rows, then columns, as kernels/pool_f32 goes. Padding counts up to its end alone.
constexpr std::string_view kBody = R"(
float Element(int i) {
  int channel = i % CHANNELS;
  int pixel = i / CHANNELS;
  int first_row = pixel / (OUT_HEIGHT * OUT_WIDTH) * HEIGHT;
  int top = pixel / OUT_WIDTH % OUT_HEIGHT * STRIDE_Y - PAD_TOP;
  int left = pixel % OUT_WIDTH * STRIDE_X - PAD_LEFT;
  float y = START;
  int count = 0;
  for (int row = 0; row < KERNEL_HEIGHT; ++row) {
    for (int column = 0; column < KERNEL_WIDTH; ++column) {
      int at_y = top + row * DILATION_Y;
      int at_x = left + column * DILATION_X;
      bool is_inside = at_y >= 0 && at_y < HEIGHT && at_x >= 0 && at_x < WIDTH;
      bool is_padding = at_y < HEIGHT + PAD_BOTTOM && at_x < WIDTH + PAD_RIGHT;
      if (is_inside || (COUNTS_PADDING && is_padding)) ++count;
      if (!is_inside) continue;
      float value = Float(values, ((first_row + at_y) * WIDTH + at_x) * CHANNELS + channel);
      y = COMBINED;
    }
  }
  return FINISHED;
}
)";

class PoolOp final : public DrawnOp {
 public:
  static CompiledDraws Create(const DrawContext& context) {
    auto op = std::make_unique<PoolOp>();
    op->kind_ = context.node().kind;
    if (const auto* pool = std::get_if<PoolAttributes>(&context.node().attributes)) op->attributes_ = *pool;
    ALICE_ASSIGN_OR_RETURN(op->x_, context.InputSlot(0));
    ALICE_ASSIGN_OR_RETURN(op->y_, context.OutputSlot());
    std::string defines = TakesMaximum(op->kind_) ? "#define START -intBitsToFloat(0x7f800000)\n"
                                                    "#define COMBINED (y < value ? value : y)\n"
                                                    "#define FINISHED y\n"
                                                  : "#define START 0.0\n"
                                                    "#define COMBINED (y + value)\n"
                                                    "#define FINISHED (y / float(count))\n";
    defines += op->attributes_.count_include_pad ? "#define COUNTS_PADDING true\n" : "#define COUNTS_PADDING false\n";
    ALICE_ASSIGN_OR_RETURN(
        op->program_,
        context.builder.ProgramOf({.draws = Draws::floats,
                                   .sources = {"values"},
                                   .parameters = {"HEIGHT", "WIDTH", "CHANNELS", "KERNEL_HEIGHT", "KERNEL_WIDTH",
                                                  "OUT_HEIGHT", "OUT_WIDTH", "STRIDE_Y", "STRIDE_X", "DILATION_Y",
                                                  "DILATION_X", "PAD_TOP", "PAD_LEFT", "PAD_BOTTOM", "PAD_RIGHT"},
                                   .body = kBody,
                                   .defines = defines}));
    return std::unique_ptr<DrawnOp>(std::move(op));
  }

  void Emit(const Binding& binding, DrawList& draws) const override {
    const Shape& x = binding.inputs[0];
    Window2d window;
    if (IsGlobal(kind_)) {
      window.columns.size = window.columns.kernel = x.Product(1, x.rank() - 1);
    } else {
      const auto found = Window2dOf(attributes_.window, x, /*channels_last=*/true);
      ALICE_CHECK(found.ok());
      window = *found;
    }
    const auto& [rows, columns] = window;
    draws.Add(program_, y_, {x_},
              ParametersOf(Index(binding.outputs[0].elements()),
                           {rows.size, columns.size, x[x.rank() - 1], rows.kernel, columns.kernel, rows.outputs,
                            columns.outputs, rows.stride, columns.stride, rows.dilation, columns.dilation,
                            rows.pad_begin, columns.pad_begin, rows.pad_end, columns.pad_end}));
  }

 private:
  OpKind kind_ = OpKind::MaxPool;
  PoolAttributes attributes_;
  Slot x_ = kNoSlot, y_ = kNoSlot;
  const Program* program_ = nullptr;
};

bool CanDrawPool(const Graph& graph, const SegmentNode& at) {
  const auto* const pool = std::get_if<PoolAttributes>(&at.node->attributes);
  const bool channels_last =
      pool != nullptr ? pool->channels_last : std::get<GlobalPoolAttributes>(at.node->attributes).channels_last;
  return channels_last && at.node->outputs.size() == 1 && IsFloat(graph, *at.node);
}

}  // namespace

const DrawnFamily kPools{CanDrawPool, PoolOp::Create};

}  // namespace alice::webgl
