//! Every scenario, in one program: browsers are the long pole of the whole check, so a processor that is free takes the next scenario,
//! whichever browser it wants, and the libraries are linked once.

mod bad_days;
mod both_ways;
mod dashboard;
mod dashboard_states;
mod drift;
mod imports;
mod interruptions;
mod keyboard;
mod kills;
mod leaving;
mod main_job;
mod pages;
mod pause;
mod permissions;
mod services;
mod session;
mod tab;
mod usage;
