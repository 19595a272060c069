/// One interface as its description declares it.
public struct VarlinkInterface: Sendable, Hashable {
  /// Reverse-domain name.
  public var name: String
  /// The comment directly above `interface`.
  public var documentation: String
  /// Named structures and enumerations, in the order of the description.
  public var types: [VarlinkTypeDeclaration] = []
  /// Methods, in the order of the description.
  public var methods: [VarlinkMethodDeclaration] = []
  /// Errors with their parameters, in the order of the description.
  public var errors: [VarlinkTypeDeclaration] = []
  /// The description exactly as it was given.
  public var text: String
}

/// A named type, or an error with its parameters (always a structure).
public struct VarlinkTypeDeclaration: Sendable, Hashable {
  /// Bare name: `Order`.
  public var name: String
  /// The comment directly above.
  public var documentation: String
  /// What it is; of an error always a structure.
  public var type: VarlinkType
}

/// A method: parameters in, parameters out.
public struct VarlinkMethodDeclaration: Sendable, Hashable {
  /// Bare name: `Ring`.
  public var name: String
  /// The comment directly above.
  public var documentation: String
  /// What a call carries.
  public var parameters: [VarlinkField]
  /// What a reply carries.
  public var reply: [VarlinkField]
}

/// A field of a structure, a parameter.
public struct VarlinkField: Sendable, Hashable {
  /// Its name, unique in the structure.
  public var name: String
  /// The comment directly above the field.
  public var documentation: String
  /// Its type; optional ones may be null or left out.
  public var type: VarlinkType
}

/// A type expression.
public indirect enum VarlinkType: Sendable, Hashable {
  case bool, int, float, string
  /// Any JSON object, unchecked.
  case object
  /// A type declared in the same interface.
  case named(String)
  case structure([VarlinkField])
  case enumeration([String])
  case array(VarlinkType)
  /// `[string]T`; with an empty structure as T it is a set.
  case dictionary(VarlinkType)
  /// `?T`: absent and null mean the same.
  case nullable(VarlinkType)
}
