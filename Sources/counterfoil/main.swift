import Command

Counterfoil.main()
