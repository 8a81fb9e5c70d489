#include "describe.h"

#include <cmath>
#include <cstdio>
#include <sstream>

#include <torch/csrc/jit/ir/constants.h>

namespace audit {

using namespace torch::jit;

namespace {

void text(std::ostream& out, const std::string& value) {
  out << '"';
  for (const unsigned char c : value) {
    char buffer[8];
    if (c == '"' || c == '\\') {
      out << '\\' << c;
    } else if (c < 0x20) {
      std::snprintf(buffer, sizeof buffer, "\\u%04x", c);
      out << buffer;
    } else {
      out << c;
    }
  }
  out << '"';
}

template <typename List, typename F>
void list(std::ostream& out, const List& items, const F& write) {
  out << '[';
  bool first = true;
  for (const auto& item : items) {
    out << (first ? "" : ",");
    first = false;
    write(item);
  }
  out << ']';
}

template <typename List>
void numbers(std::ostream& out, const List& items) {
  list(out, items, [&](auto item) { out << static_cast<int64_t>(item); });
}

// Whole numbers, truth values, texts and lists of whole numbers: all that the kinds of layers need.
bool constant(std::ostream& out, const c10::IValue& value) {
  if (value.isInt()) {
    out << value.toInt();
  } else if (value.isBool()) {
    out << (value.toBool() ? "true" : "false");
  } else if (value.isString()) {
    text(out, value.toStringRef());
  } else if (value.isIntList()) {
    numbers(out, value.toIntVector());
  } else {
    return false;
  }
  return true;
}

// The tensor that an argument is in every run: a weight, or a constant.
std::optional<at::Tensor> fixed(const Module& module, const Value* value) {
  if (value->node()->kind() == prim::Constant) {
    auto constant = toIValue(value);
    return constant && constant->isTensor() ? std::make_optional(constant->toTensor()) : std::nullopt;
  }
  std::vector<std::string> names;
  if (value->node()->kind() != prim::GetAttr || !attribute_path(value, names)) {
    return std::nullopt;
  }
  auto found = attribute(module, names);
  return found.isTensor() ? std::make_optional(found.toTensor()) : std::nullopt;
}

// {"kernel_size": [3], ...}: the constant arguments under the names of the operator's schema, and the shapes of weights.
void arguments(std::ostream& out, const Module& module, const Node* node) {
  const auto* schema = node->maybeSchema();
  out << '{';
  bool first = true;
  for (size_t i = 0; schema != nullptr && i < node->inputs().size() && i < schema->arguments().size(); ++i) {
    std::ostringstream value;
    auto known = toIValue(node->input(i));
    if (known && constant(value, *known)) {
    } else if (auto tensor = fixed(module, node->input(i)); tensor && tensor->defined()) {
      numbers(value, tensor->sizes());
    } else {
      continue;
    }
    out << (first ? "" : ",");
    first = false;
    text(out, schema->arguments()[i].name());
    out << ':' << value.str();
  }
  out << '}';
}

void value(
    std::ostream& out, const Module& module, const Inlined& inlined, Value* value,
    const std::unordered_map<const Value*, size_t>& earlier) {
  bool signal = false;
  Node* node = value->node();
  out << "{\"operator\":";
  text(out, node->kind().toQualString());
  out << ",\"scope\":";
  text(out, scope(node));
  out << ",\"inputs\":";
  numbers(out, reads(node, earlier, signal));
  out << ",\"signal\":" << (signal ? "true" : "false") << ",\"used\":" << (value->hasUses() ? "true" : "false");
  out << ",\"arguments\":";
  arguments(out, module, node);
  out << ",\"exits\":";
  auto exits = inlined.exits.find(value);
  list(out, exits == inlined.exits.end() ? std::vector<Exit>{} : exits->second, [&](const Exit& exit) {
    out << "{\"path\":";
    text(out, exit.path);
    out << ",\"call\":" << exit.call << ",\"element\":" << exit.element << ",\"of\":" << exit.of << '}';
  });
  out << '}';
}

void returns(std::ostream& out, const TypePtr& type) {
  std::vector<std::string> names;
  const char* kind = "other";
  if (type->isSubtypeOf(*TensorType::get())) {
    kind = "tensor";
  } else if (auto tuple = type->cast<TupleType>()) {
    kind = "tuple";
    for (size_t i = 0; i < tuple->elements().size(); ++i) {
      names.push_back(std::to_string(i));
    }
  } else if (type->kind() == TypeKind::ListType) {
    kind = "list";
  } else if (type->kind() == TypeKind::DictType) {
    kind = "dict";
  }
  out << "{\"kind\":\"" << kind << "\",\"type\":";
  text(out, type->annotation_str());
  out << ",\"names\":";
  list(out, names, [&](const std::string& name) { text(out, name); });
  out << '}';
}

// The keys that a graph puts into dictionaries of tensors; false where one of them depends on the data.
bool keys(Block* block, std::vector<std::string>& found) {
  auto add = [&](const Value* key) {
    auto known = toIValue(key);
    const bool is_text = known && known->isString();
    if (is_text) {
      found.push_back(known->toStringRef());
    }
    return is_text;
  };
  for (Node* node : block->nodes()) {
    const bool set = node->kind() == aten::_set_item && node->input(0)->type()->kind() == TypeKind::DictType;
    if (set && !add(node->input(1))) {
      return false;
    }
    for (size_t i = 0; node->kind() == prim::DictConstruct && i < node->inputs().size(); i += 2) {
      if (!add(node->input(i))) {
        return false;
      }
    }
    for (Block* inner : node->blocks()) {
      if (!keys(inner, found)) {
        return false;
      }
    }
  }
  return true;
}

}  // namespace

std::string describe(const Module& module, const std::string& method, Inlined& inlined) {
  std::ostringstream out;
  std::unordered_map<const Value*, size_t> earlier;
  out << "{\"values\":";
  list(out, tensors(*inlined.graph), [&](Value* each) {
    value(out, module, inlined, each, earlier);
    earlier.emplace(each, earlier.size());
  });
  out << ",\"nested\":";
  list(out, inlined.nested, [&](const std::string& path) { text(out, path); });
  out << ",\"returns\":";
  returns(out, module.get_method(method).function().getSchema().returns().at(0).type());
  std::vector<std::string> found;
  const bool all = keys(inlined.graph->block(), found);
  out << ",\"keys\":";
  if (all) {
    list(out, found, [&](const std::string& key) { text(out, key); });
  } else {
    out << "null";
  }
  size_t children = 0;
  for (const auto& child : module.named_children()) {
    (void)child;
    ++children;
  }
  out << ",\"children\":" << children << '}';
  return out.str();
}

}  // namespace audit
