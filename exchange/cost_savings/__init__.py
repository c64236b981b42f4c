"""IT cost-savings files of US federal agencies (PortfolioStat): read, judge, import, report."""
