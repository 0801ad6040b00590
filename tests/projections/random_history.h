#pragma once

// Random histories of users, accounts in trees, contacts, deals with what surrounds them, and
// leads, as events that deciders could have made.

#include <random>
#include <string>
#include <vector>

#include "daybook/sales/v1/opportunity.pb.h"
#include "tests/projections/random_leads.h"
#include "tests/projections/random_projects.h"
#include "tests/support/log_builder.h"

namespace daybook::testing {

// The custom fields of deals in random histories, as a catalog in text format; all histories begin
// with it. Contacts have a personal one, "nickname".
inline constexpr char kDealFields[] =
    "fields { name: 'budget' kind: CUSTOM_FIELD_KIND_MONEY } "
    "fields { name: 'hours' kind: CUSTOM_FIELD_KIND_INTEGER covering: true } "
    "fields { name: 'region' kind: CUSTOM_FIELD_KIND_TEXT } "
    "fields { name: 'visit' kind: CUSTOM_FIELD_KIND_DATE }";

class RandomHistory {
 public:
  RandomHistory(LogBuilder& log, uint64_t seed);

  // One commit of one to three events.
  eventstore::LogPosition Step();
  void Steps(int n) {
    for (int i = 0; i < n; ++i) Step();
  }

  const std::vector<std::string>& users() const { return users_; }
  const std::vector<std::string>& accounts() const { return accounts_; }
  const std::vector<std::string>& contacts() const { return contacts_; }
  const std::vector<sales::v1::Opportunity>& deals() const { return deals_; }
  // Every personal value in clear that ever was in the history.
  const std::vector<std::string>& secrets() const { return secrets_; }

 private:
  int Draw(int n);  // 0 .. n-1
  template <class T>
  T& Any(std::vector<T>& from) {
    return from[static_cast<size_t>(Draw(static_cast<int>(from.size())))];
  }
  std::string Secret(absl::string_view stem);
  type::v1::Money Money();
  type::v1::Date Day();
  absl::Time Moment();

  void DefineFields();
  void AddEvent();
  void AddUser();
  void AddAccount();
  void ChangeAccount();
  void CareForAccount();
  void CareForContact();
  void ChangeChart();
  template <class Entry>
  void SetDays(Entry* entry);
  void AddContact();
  void ChangeContact();
  void AddActivity();
  void ChangeActivity();
  type::v1::CustomValue Custom();
  void ChangeCustom(sales::v1::Opportunity& deal);
  void AddDeal();
  void ChangeDeal();
  void ChangeOpenDeal(sales::v1::Opportunity& deal);
  void CloseDeal(sales::v1::Opportunity& deal);
  void AddJobRequest(sales::v1::Opportunity& deal);
  void ChangeWhatIsOffered(sales::v1::Opportunity& deal);

  LogBuilder& log_;
  std::mt19937_64 random_;
  std::vector<std::pair<std::string, std::string>> places_;  // in charts, with the contact
  std::vector<std::string> processes_, users_, accounts_, contacts_, activities_, secrets_;
  std::vector<sales::v1::Opportunity> deals_;
  RandomProjects projects_{log_, random_};
  RandomLeads leads_{log_, random_, [this](absl::string_view stem) { return Secret(stem); }};
};

}  // namespace daybook::testing
