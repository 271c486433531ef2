//! The values of flags.

use platform::choice;

choice!(
    /// How data is printed.
    Output {
        /// For people.
        #[default]
        Human = "human",
        /// For programs.
        Json = "json",
    }
);
choice!(
    /// What the database instance is.
    Lifecycle {
        /// It outlives builds.
        #[default]
        Persistent = "persistent",
        /// It was made for one build.
        Ephemeral = "ephemeral",
    }
);
choice!(
    /// What to do about a secret without a value.
    MissingSecrets {
        /// Stop.
        #[default]
        Refuse = "refuse",
        /// Make one.
        Create = "create",
    }
);
choice!(
    /// Whose login is tried.
    Probe {
        /// Every app's.
        #[default]
        All = "all",
        /// Only where the marker does not agree.
        Changed = "changed",
    }
);
