// A method's graph with every call inlined, and what its values are called.
#pragma once

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include <torch/csrc/jit/api/module.h>
#include <torch/csrc/jit/ir/ir.h>

namespace audit {

// One value that leaves one call of a submodule.
struct Exit {
  std::string path;
  int64_t call;     // number of the call, unique within the graph, in the order of execution
  int64_t element;  // which of the returned tensors
  int64_t of;       // how many it returns, those that nothing reads among them
};

struct Inlined {
  // Takes the module and the signal.
  std::shared_ptr<torch::jit::Graph> graph;
  // The submodules that each value leaves, the innermost first.
  std::unordered_map<const torch::jit::Value*, std::vector<Exit>> exits;
  // Submodules that are called within a branch or a loop that depends on the data.
  std::vector<std::string> nested;
};

// Throws what libtorch throws, and std::runtime_error for a method that takes anything beside the signal.
Inlined inline_method(const torch::jit::Module& module, const std::string& name);

// The tensors that the graph computes from the signal, branches and loops as a whole, in order.
std::vector<torch::jit::Value*> tensors(torch::jit::Graph& graph);

// Of these `values`, the numbers of those that `node` reads, through lists and tuples; `signal` tells whether it
// reads the signal itself.
std::vector<size_t> reads(
    torch::jit::Node* node, const std::unordered_map<const torch::jit::Value*, size_t>& values, bool& signal);

// The attribute that a value reads, as names from the module down; false where it reads something else.
bool attribute_path(const torch::jit::Value* value, std::vector<std::string>& names);

// What stands there.
c10::IValue attribute(const torch::jit::Module& module, const std::vector<std::string>& names);

// A copy of the graph that also returns the tensors of these numbers.
std::shared_ptr<torch::jit::Graph> returning(torch::jit::Graph& graph, const std::vector<size_t>& wanted);

// The submodule whose code a node is from.
std::string scope(const torch::jit::Node* node);

}  // namespace audit
