"""The gallery of components at `/_components/`: shown with DEBUG only."""
