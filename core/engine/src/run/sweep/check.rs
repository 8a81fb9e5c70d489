//! All settings of a sweep checked before the first one runs.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::keys::Keys;
use crate::run::clock::Clock;
use crate::run::prepare;
use crate::sweep::{Plan, Planned, named};
use crate::{Error, Observer};

/// A sweep whose settings are all checked.
pub struct PreparedSweep {
    pub(super) plan: Plan,
    /// Of each setting.
    pub(super) keys: Vec<Keys>,
    pub(super) name: String,
    pub(super) observer: Arc<dyn Observer>,
    pub(super) started: (Instant, SystemTime),
}

/// Checks every setting of `plan` as [`prepare`] checks one configuration.
///
/// # Errors
/// The first setting's error, with all others that are wrong named in it; [`Error::Invalid`] when two settings come to the
/// same.
pub fn prepare_sweep(plan: Plan, observer: Arc<dyn Observer>) -> Result<PreparedSweep, Error> {
    let started = (Instant::now(), SystemTime::now());
    let mut keys: Vec<Keys> = Vec::with_capacity(plan.len());
    let mut wrong: Vec<(&Planned, Error)> = Vec::new();
    let mut name = String::new();
    let mut clock = Clock::new(observer.as_ref());
    clock.stage("check", plan.len(), || {
        for (number, setting) in plan.settings.iter().enumerate() {
            if observer.cancelled() {
                return Err(Error::Cancelled);
            }
            match prepare(&setting.source, Arc::clone(&observer)) {
                Ok(prepared) => {
                    name = prepared.name().to_owned();
                    keys.push(Keys::of(&prepared)?);
                }
                Err(error) => wrong.push((setting, error)),
            }
            observer.progress(number as u64 + 1);
        }
        Ok(())
    })?;
    refuse_wrong(&plan, wrong)?;
    let mut seen: HashMap<&str, &Planned> = HashMap::new();
    for (setting, keys) in plan.settings.iter().zip(&keys) {
        if let Some(before) = seen.insert(&keys.setting, setting) {
            return Err(Error::Invalid(format!(
                "{} and {} come to the same: what differs between them changes no figure of a sweep; leave one out",
                before.name, setting.name
            )));
        }
    }
    Ok(PreparedSweep {
        plan,
        keys,
        name,
        observer,
        started,
    })
}

/// One error for all settings that are wrong.
fn refuse_wrong(plan: &Plan, wrong: Vec<(&Planned, Error)>) -> Result<(), Error> {
    /// Settings whose errors are written out.
    const SHOWN: usize = 10;
    let texts: Vec<String> = wrong.iter().map(|(_, error)| error.to_string()).collect();
    let everywhere = texts.len() == plan.len() && texts.windows(2).all(|pair| pair[0] == pair[1]);
    let mut others: Vec<String> = wrong
        .iter()
        .zip(&texts)
        .skip(1)
        .take(SHOWN)
        .map(|((setting, _), text)| format!("setting {}: {text}", setting.name))
        .collect();
    if texts.len() > SHOWN + 1 {
        others.push(format!("and {} more", texts.len() - SHOWN - 1));
    }
    let Some((setting, error)) = wrong.into_iter().next() else {
        return Ok(());
    };
    Err(match named(error, &setting.name) {
        // What is wrong with every setting alike is said once.
        Error::Config(mut error) if everywhere => {
            let start = format!("setting {}: ", setting.name);
            error.message = error.message.replacen(&start, "", 1);
            Error::Config(error)
        }
        Error::Config(mut error) => {
            let help = error.help.take().into_iter().chain(others).collect::<Vec<_>>();
            error.help = (!help.is_empty()).then(|| help.join("\n"));
            Error::Config(error)
        }
        Error::Invalid(_) if everywhere => Error::Invalid(texts.into_iter().next().unwrap_or_default()),
        Error::Invalid(text) => Error::Invalid([vec![text], others].concat().join("\n")),
        error => error,
    })
}
