// What a graph holds, as JSON.
#pragma once

#include <string>

#include "inlined.h"

namespace audit {

// {"values": [...], "nested": [...], "returns": {...}, "keys": [...] or null, "children": n}; see ../graph.rs.
std::string describe(const torch::jit::Module& module, const std::string& method, Inlined& inlined);

}  // namespace audit
