/** The section of the settings, which is also the prefix of commands and keys of the context. */
export const SECTION = "backendArchitect";
export const NAME = "Backend Architect";
export const LANGUAGES = ["python", "sql"];
export const SCHEMES = ["file", "untitled"];
