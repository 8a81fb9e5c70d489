#include "inlined.h"

#include <algorithm>
#include <set>
#include <stdexcept>

#include <torch/csrc/jit/api/function_impl.h>
#include <torch/csrc/jit/ir/alias_analysis.h>
#include <torch/csrc/jit/ir/constants.h>
#include <torch/csrc/jit/passes/constant_propagation.h>
#include <torch/csrc/jit/passes/dead_code_elimination.h>
#include <torch/csrc/jit/passes/inliner.h>
#include <torch/csrc/jit/passes/lower_tuples.h>
#include <torch/csrc/jit/passes/peephole_non_tensor.h>
#include <torch/csrc/jit/passes/remove_mutation.h>

namespace audit {

using namespace torch::jit;

namespace {

// Until all passes are done, an alias that bears these attributes marks a value that leaves a submodule: passes
// replace values, but they move the marks with them.
const Symbol kPath = Symbol::attr("audit_path");
const Symbol kCall = Symbol::attr("audit_call");
const Symbol kElement = Symbol::attr("audit_element");
const Symbol kOf = Symbol::attr("audit_of");

bool is_tensor(const Value* value) {
  return value->type()->isSubtypeOf(*TensorType::get());
}

bool is_tensors(const Value* value) {
  auto list = value->type()->cast<ListType>();
  return list && list->getElementType()->isSubtypeOf(*TensorType::get());
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) {
    text += (text.empty() ? "" : ".") + name;
  }
  return text;
}

template <typename F>
void each_node(Block* block, const F& visit) {
  for (auto it = block->nodes().begin(); it != block->nodes().end();) {
    Node* node = *it++;
    for (Block* inner : node->blocks()) {
      each_node(inner, visit);
    }
    visit(node);
  }
}

void set_scope(Node* node, const ScopePtr& scope) {
  node->setScope(scope);
  for (Block* block : node->blocks()) {
    each_node(block, [&](Node* inner) { inner->setScope(scope); });
  }
}

class Inliner {
 public:
  explicit Inliner(Graph& graph) : graph_(graph), root_(c10::make_intrusive<Scope>()) {
    each_node(graph.block(), [&](Node* node) { node->setScope(root_); });
  }

  // Inlines all calls in the order of execution, those within what was inlined among them.
  void run(Block* block) {
    for (Node* node = block->param_node()->next(); node != block->return_node();) {
      Node* before = node->prev();
      if (expand(node)) {
        node = before->next();
        continue;
      }
      for (Block* inner : node->blocks()) {
        run(inner);
      }
      node = node->next();
    }
  }

 private:
  bool expand(Node* node) {
    const bool method = node->kind() == prim::CallMethod;
    if (!method && node->kind() != prim::CallFunction) {
      return false;
    }
    GraphFunction* callee = tryToGraphFunction(node);
    if (callee == nullptr) {
      return false;
    }
    std::vector<std::string> names;
    const bool known = method && attribute_path(node->input(0), names);
    const std::string path = joined(names);
    const std::string caller = audit::scope(node);
    ScopePtr scope = known ? (path.empty() ? root_ : root_->push(Symbol::scope(path))) : node->scope();
    if (!method) {
      node->removeInput(0);
    }
    Node* before = node->prev();
    Node* after = node->next();
    auto outputs = inlineCallTo(node, callee, callee->graph().get());
    for (Node* fresh = before->next(); fresh != after; fresh = fresh->next()) {
      set_scope(fresh, scope);
    }
    // A module's methods may call each other: that leaves no submodule.
    if (!path.empty() && path != caller) {
      mark(outputs.at(0), path, after);
    }
    return true;
  }

  void mark(Value* value, const std::string& path, Node* after) {
    const int64_t call = calls_++;
    WithInsertPoint guard(after);
    if (is_tensor(value)) {
      Value* marked = alias(value, {path, call, 0, 1});
      value->replaceAllUsesAfterNodeWith(marked->node(), marked);
      return;
    }
    auto tuple = value->type()->cast<TupleType>();
    if (!tuple) {
      return;
    }
    Node* unpack = graph_.insertNode(graph_.createTupleUnpack(value));
    std::vector<Value*> parts;
    const auto parts_of = unpack->outputs();
    const int64_t of = std::count_if(parts_of.begin(), parts_of.end(), is_tensor);
    int64_t element = 0;
    for (Value* part : parts_of) {
      parts.push_back(is_tensor(part) ? alias(part, {path, call, element++, of}) : part);
    }
    // Only a named tuple brings its own type.
    Node* again = graph_.insertNode(graph_.createTuple(parts, tuple->schema() ? tuple : nullptr));
    value->replaceAllUsesAfterNodeWith(again, again->output());
  }

  Value* alias(Value* value, const Exit& exit) {
    Node* node = graph_.insertNode(graph_.create(aten::alias, {value}));
    node->s_(kPath, exit.path)->i_(kCall, exit.call)->i_(kElement, exit.element)->i_(kOf, exit.of);
    node->output()->setType(value->type());
    return node->output();
  }

  Graph& graph_;
  ScopePtr root_;
  int64_t calls_ = 0;
};

// Other arguments than the signal take their defaults.
void close_arguments(Graph& graph, const FunctionSchema& schema) {
  if (graph.inputs().size() < 2) {
    throw std::runtime_error("`" + schema.name() + "` takes no argument; an encoder's takes one, the signal");
  }
  WithInsertPoint guard(*graph.nodes().begin());
  while (graph.inputs().size() > 2) {
    const size_t last = graph.inputs().size() - 1;
    const auto& argument = schema.arguments().at(last);
    if (!argument.default_value()) {
      throw std::runtime_error("`" + schema.name() + "` takes the argument `" + argument.name() +
          "` beside the signal, without a default; an encoder's takes one, the signal");
    }
    graph.inputs()[last]->replaceAllUsesWith(graph.insertConstant(*argument.default_value()));
    graph.eraseInput(last);
  }
}

// Attributes that are no tensors are what they are: nothing writes to them after loading.
void fold_attributes(Graph& graph, const Module& module) {
  std::set<std::string> written;
  each_node(graph.block(), [&](Node* node) {
    if (node->kind() == prim::SetAttr) {
      written.insert(node->s(attr::name));
    }
  });
  each_node(graph.block(), [&](Node* node) {
    std::vector<std::string> names;
    if (node->kind() != prim::GetAttr || is_tensor(node->output()) || written.count(node->s(attr::name)) ||
        node->output()->type()->cast<ClassType>() || !attribute_path(node->output(), names)) {
      return;
    }
    c10::IValue value = attribute(module, names);
    if (value.isObject() || value.isTensor()) {
      return;
    }
    WithInsertPoint guard(node);
    if (auto constant = tryInsertConstant(graph, value)) {
      node->output()->replaceAllUsesWith(*constant);
    }
  });
}

void collect(Inlined& inlined) {
  Block* top = inlined.graph->block();
  each_node(top, [&](Node* node) {
    if (!node->hasAttribute(kPath)) {
      return;
    }
    Value* value = node->input();
    if (node->owningBlock() == top) {
      inlined.exits[value].push_back({node->s(kPath), node->i(kCall), node->i(kElement), node->i(kOf)});
    } else {
      inlined.nested.push_back(node->s(kPath));
    }
    node->output()->replaceAllUsesWith(value);
    node->destroy();
  });
}

void add_reads(
    const Value* value, const std::unordered_map<const Value*, size_t>& values, const Value* signal_value,
    std::set<size_t>& found, bool& signal) {
  if (value == signal_value) {
    signal = true;
  } else if (auto it = values.find(value); it != values.end()) {
    found.insert(it->second);
  } else if (
      value->node()->kind() == prim::TupleConstruct || is_tensors(value)) {
    // Lists of tensors, those that a `split` gives among them.
    for (const Value* inner : value->node()->inputs()) {
      add_reads(inner, values, signal_value, found, signal);
    }
    for (const Use& use : value->uses()) {
      if (use.user->kind() == aten::append && use.offset == 0) {
        add_reads(use.user->input(1), values, signal_value, found, signal);
      }
    }
  }
}

}  // namespace

bool attribute_path(const Value* value, std::vector<std::string>& names) {
  std::vector<std::string> upwards;
  while (value->node()->kind() == prim::GetAttr) {
    upwards.push_back(value->node()->s(attr::name));
    value = value->node()->input();
  }
  names.assign(upwards.rbegin(), upwards.rend());
  return value == value->owningGraph()->inputs().at(0);
}

c10::IValue attribute(const Module& module, const std::vector<std::string>& names) {
  c10::IValue value = module._ivalue();
  for (const auto& name : names) {
    value = value.toObject()->getAttr(name);
  }
  return value;
}

std::string scope(const Node* node) {
  auto scope = const_cast<Node*>(node)->scope();
  return scope && !scope->isBlank() && !scope->isRoot() ? scope->name().toUnqualString() : "";
}

Inlined inline_method(const Module& module, const std::string& name) {
  auto method = module.get_method(name);
  Inlined inlined;
  inlined.graph = method.graph()->copy();
  Graph& graph = *inlined.graph;
  close_arguments(graph, method.function().getSchema());
  Inliner(graph).run(graph.block());
  fold_attributes(graph, module);
  // Folding the branches of one may decide those of another.
  for (int round = 0; round < 2; ++round) {
    ConstantPropagation(inlined.graph);
    PeepholeOptimizeNonTensor(inlined.graph);
    LowerSimpleTuples(inlined.graph);
    // A list that is filled step by step becomes one that is made of its parts.
    RemoveListMutation(inlined.graph);
  }
  EliminateDeadCode(inlined.graph);
  collect(inlined);
  return inlined;
}

std::vector<size_t> reads(Node* node, const std::unordered_map<const Value*, size_t>& values, bool& signal) {
  const Value* signal_value = node->owningGraph()->inputs().at(1);
  std::set<size_t> found;
  for (const Value* input : node->inputs()) {
    add_reads(input, values, signal_value, found, signal);
  }
  for (Block* block : node->blocks()) {
    each_node(block, [&](Node* inner) {
      for (const Value* input : inner->inputs()) {
        add_reads(input, values, signal_value, found, signal);
      }
    });
    for (const Value* output : block->outputs()) {
      add_reads(output, values, signal_value, found, signal);
    }
  }
  return {found.begin(), found.end()};
}

std::vector<Value*> tensors(Graph& graph) {
  std::vector<Value*> values;
  std::unordered_map<const Value*, size_t> numbers;
  for (Node* node : graph.nodes()) {
    if (node->kind() == prim::Constant || node->kind() == prim::GetAttr) {
      continue;
    }
    bool signal = false;
    if (reads(node, numbers, signal).empty() && !signal) {
      continue;
    }
    for (Value* output : node->outputs()) {
      if (is_tensor(output)) {
        numbers[output] = values.size();
        values.push_back(output);
      }
    }
  }
  return values;
}

std::shared_ptr<Graph> returning(Graph& graph, const std::vector<size_t>& wanted) {
  auto copy = graph.copy();
  auto values = tensors(*copy);
  std::set<size_t> written;
  {
    AliasDb aliases(copy);
    for (size_t number : wanted) {
      if (aliases.hasWriters(values.at(number))) {
        written.insert(number);
      }
    }
  }
  // What comes later may write in place: it gets a copy, and what is returned stays as it was.
  for (size_t number : written) {
    Value* value = values[number];
    Node* clone = copy->create(aten::clone, {value});
    clone->insertAfter(value->node());
    WithInsertPoint guard(clone);
    clone->addInput(copy->insertConstant(c10::IValue()));
    clone->output()->setType(value->type());
    value->replaceAllUsesAfterNodeWith(clone, clone->output());
  }
  for (size_t number : wanted) {
    copy->registerOutput(values[number]);
  }
  return copy;
}

}  // namespace audit
