#pragma once

#include "domain/base/clock.h"
#include "eventstore/event_store.h"
#include "eventstore/key_store.h"
#include "projections/views.h"
#include "services/answer_limits.h"
#include "services/engine/api_keys.h"
#include "services/engine/engine.h"
#include "services/engine/worker_pool.h"

namespace daybook::services {

class Connections;
class CustomFields;
class Metrics;
class HeadWatcher;

// What the services share. All members outlive the server and are thread-safe.
struct Deps {
  eventstore::EventStore& store;
  eventstore::KeyStore& keys;
  projections::Views& views;
  CommandEngine& engine;
  AccessPolicy& access;
  Authenticator& authenticator;
  WorkerPool& pool;
  HeadWatcher& head;
  CustomFields& custom_fields;
  Metrics& metrics;
  Connections& connections;
  Clock& clock;
  Random& random;
  AnswerLimits limits;
};

}  // namespace daybook::services
