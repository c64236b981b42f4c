"""What people come back to: favourites they starred, and the pages they opened last."""
