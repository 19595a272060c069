import Money
import Testing
import Till
import TillShop

// Steps with payments at a provider, as several suites take them.

/// A decision holds other records than a test needs.
struct Missing: Error {}

func kinds(_ decision: Decision) -> [RecordKind] { decision.records.map(\.fact.kind) }

func cash(_ sale: String, _ amount: Amount? = nil) -> Event {
  .addTender(AddTender(sale: sale, tender: TenderInput(kind: .cash, amount: amount)))
}

/// By a customer's code.
func pay(_ sale: String, _ amount: Amount? = nil, code: String? = "0123456789abcdef", provider: String = "wallet")
  -> Event
{
  .addTender(
    AddTender(
      sale: sale,
      tender: TenderInput(
        kind: .provider, amount: amount, provider: provider, codeHash: code, policy: .standard)))
}

/// The number of a tender, also behind its sale's end.
func number(_ shop: Shop, _ sale: String, _ id: Int32 = 1) throws -> String {
  let tender =
    shop.till.sales[sale]?.tender(TenderID(id))
    ?? shop.till.pursuits.values.first { $0.sale == sale && $0.tender.id == TenderID(id) }?.tender
  return try #require(tender?.number)
}

func said(_ shop: Shop, _ sale: String, _ answer: ProviderAnswer, id: Int32 = 1) throws -> Event {
  .tenderAnswered(
    TenderAnswered(sale: sale, tender: TenderID(id), number: try number(shop, sale, id), answer: answer))
}

func yes(_ amount: Amount = 1250, _ currency: String = "CNY") -> ProviderAnswer {
  .approved(amount: amount, currency: currency, reference: "P1")
}

/// A person's yes to what is decided about the sale's payment as it is now.
func granted(_ shop: inout Shop, _ sale: String, _ amount: Amount = 1250) throws -> String {
  let decision = try shop.act(
    .approve(
      Approve(
        approver: "9001", action: .decideTender, subject: sale,
        revision: try #require(shop.till.sales[sale]?.revision), reason: "looked up", amount: amount)))
  guard case .approvalGranted(let approval)? = decision.records.first?.fact else { throw Missing() }
  return approval.id
}

/// A person decides, with an approval for the amount.
@discardableResult
func decide(_ shop: inout Shop, _ sale: String, _ verdict: TenderVerdict, _ amount: Amount = 1250) throws -> Decision {
  let approval = try granted(&shop, sale, amount)
  return try shop.act(
    .decideTender(
      DecideTender(sale: sale, tender: TenderID(1), verdict: verdict, reason: "looked up", approval: approval)))
}
