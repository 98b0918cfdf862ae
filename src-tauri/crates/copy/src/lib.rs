//! The certified copy as a PDF/A-2b: pages, statement, marks, QR, prepared signature fields, appearances.
