//! Generators and oracles shared by tests and fuzz targets.
