import Till

/// The till's word for how a drawer order ended; the device layer has a type of the same name.
typealias JournaledDrawerOutcome = DrawerOutcome
