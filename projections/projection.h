#pragma once

// The shape of every view. A view answers one question; its file is named for it and lists, in its
// last lines, what it is made of. Three shapes: `records` (built in), contributions (what a record
// gives, kept by difference) and handlers (what an event does). All three only ever write rows
// through RowTx, so live application, rebuild and history are the engine's business and never a
// view's.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/numeric/int128.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "domain/decider.h"
#include "eventstore/event_store.h"

namespace daybook::projections {

// The rows of one view while an event is applied. Reads see the writes of earlier events of the
// same batch.
class RowTx {
 public:
  virtual ~RowTx() = default;
  virtual absl::StatusOr<std::optional<std::string>> Get(absl::string_view key) = 0;
  virtual void Put(absl::string_view key, absl::string_view value) = 0;
  // As Put, without looking for what is there. REQUIRES: nothing is, and never was: the key holds
  // the position of the event or another number that is never given twice.
  virtual void PutNew(absl::string_view key, absl::string_view value) = 0;
  virtual void Delete(absl::string_view key) = 0;
};

// One event with the record it changed, before and after. Personal values are tokens.
struct Change {
  const eventstore::RecordedEvent& recorded;
  const domain::AggregateType& type;
  const google::protobuf::Message& event;    // the oneof wrapper
  const google::protobuf::Message& payload;  // its set member, for example OpportunityWon
  const google::protobuf::Message* before;   // null: did not exist
  const google::protobuf::Message& after;
};

// Sums under one key: counts and amounts, each under a small number chosen by the view. Exact
// 128-bit integers.
class Measures {
 public:
  // `currency` is empty for counts and times.
  // REQUIRES: a currency has at most three letters.
  void Add(uint8_t measure, absl::string_view currency, absl::int128 amount);
  void Add(const Measures& other, int sign);
  absl::int128 Get(uint8_t measure, absl::string_view currency = "") const;
  // Currencies in which a measure is not zero, in order.
  std::vector<std::string> Currencies() const;
  bool empty() const { return sums_.empty(); }  // all zero

  // Deterministic bytes; zero sums are left out, so equal sums are equal bytes.
  std::string Encode() const;
  static absl::StatusOr<Measures> Decode(absl::string_view bytes);

 private:
  // Three letters or none, without an allocation.
  struct Currency {
    Currency() = default;
    explicit Currency(absl::string_view code);
    absl::string_view view() const { return {letters, size}; }

    char letters[3] = {};
    uint8_t size = 0;
  };
  struct Sum {
    uint8_t measure = 0;
    Currency currency;
    absl::int128 amount = 0;
  };
  // Few; in order of measure and currency; none is zero.
  absl::InlinedVector<Sum, 6> sums_;
};

// What one record gives under one key.
struct Contribution {
  std::string key;
  Measures measures;
};

// A view. Build with Contributions() or Handlers() in its own file, list in registry.cc. Immutable.
struct Projection {
  std::string name;
  uint32_t version =
      1;  // raise it whenever rows would come out differently: a rebuild follows by itself
  // Applies one event. Errors detach the view (DESIGN.md 5).
  std::function<absl::Status(const Change&, RowTx&)> apply;
  // Aggregates whose events matter; empty: all.
  std::vector<std::string> aggregates;
};

// What a record gives to the sums; the engine takes back what it gave before. REQUIRES: pure, sees
// one record, no clock.
using Contribute =
    std::function<void(const google::protobuf::Message& record, std::vector<Contribution>* out)>;
Projection Contributions(absl::string_view name, uint32_t version, absl::string_view aggregate,
                         Contribute contribute);

// Typed handlers by event: Handlers("stage_intervals",
// 1).On(&OnCreated).On(&OnStageChanged).Done().
class Handlers {
 public:
  Handlers(absl::string_view name, uint32_t version) : name_(name), version_(version) {}

  // `handler` gets the member of the oneof, the whole change and the rows.
  template <class Payload>
  Handlers& On(absl::Status (*handler)(const Payload&, const Change&, RowTx&)) {
    handlers_[Payload::descriptor()] = [handler](const Change& change, RowTx& tx) {
      return handler(static_cast<const Payload&>(change.payload), change, tx);
    };
    return *this;
  }
  // Restricts the view to events of this aggregate, so that others cost it nothing.
  Handlers& Of(absl::string_view aggregate) {
    aggregates_.emplace_back(aggregate);
    return *this;
  }
  // Ends the list; the object is used up.
  Projection Done();

 private:
  std::string name_;
  uint32_t version_;
  std::vector<std::string> aggregates_;
  std::map<const google::protobuf::Descriptor*, std::function<absl::Status(const Change&, RowTx&)>>
      handlers_;
};

// Every view beside `records`, one line each in registry.cc.
const std::vector<Projection>& AllProjections();

}  // namespace daybook::projections
