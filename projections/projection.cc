#include "projections/projection.h"

#include "domain/base/status_macros.h"

namespace daybook::projections {

namespace {

// What one event changes under one key.
struct Net {
  std::string key;
  Measures measures;
};

void AddNet(std::vector<Net>* net, const std::vector<Contribution>& contributions, int sign) {
  for (const Contribution& c : contributions) {
    Net* found = nullptr;
    for (Net& n : *net) {
      if (n.key == c.key) found = &n;
    }
    if (found == nullptr) found = &net->emplace_back(Net{c.key, {}});
    found->measures.Add(c.measures, sign);
  }
}

absl::Status AddToRow(const Net& net, RowTx& tx) {
  if (net.measures.empty()) return absl::OkStatus();
  DAYBOOK_ASSIGN_OR_RETURN(const std::optional<std::string> row, tx.Get(net.key));
  if (!row.has_value()) {
    tx.Put(net.key, net.measures.Encode());
    return absl::OkStatus();
  }
  DAYBOOK_ASSIGN_OR_RETURN(Measures sums, Measures::Decode(*row));
  sums.Add(net.measures, 1);
  if (sums.empty()) {
    tx.Delete(net.key);
  } else {
    tx.Put(net.key, sums.Encode());
  }
  return absl::OkStatus();
}

}  // namespace

Projection Contributions(absl::string_view name, uint32_t version, absl::string_view aggregate,
                         Contribute contribute) {
  Projection projection;
  projection.name = std::string(name);
  projection.version = version;
  projection.aggregates = {std::string(aggregate)};
  projection.apply = [contribute = std::move(contribute)](const Change& change, RowTx& tx) {
    std::vector<Net> net;
    std::vector<Contribution> given;
    if (change.before != nullptr) {
      contribute(*change.before, &given);
      AddNet(&net, given, -1);
      given.clear();
    }
    contribute(change.after, &given);
    AddNet(&net, given, 1);
    for (const Net& n : net) DAYBOOK_RETURN_IF_ERROR(AddToRow(n, tx));
    return absl::OkStatus();
  };
  return projection;
}

Projection Handlers::Done() {
  Projection projection;
  projection.name = name_;
  projection.version = version_;
  projection.aggregates = std::move(aggregates_);
  projection.apply = [handlers = std::move(handlers_)](const Change& change, RowTx& tx) {
    const auto handler = handlers.find(change.payload.GetDescriptor());
    return handler == handlers.end() ? absl::OkStatus() : handler->second(change, tx);
  };
  return projection;
}

}  // namespace daybook::projections
