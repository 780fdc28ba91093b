import { createContext } from "preact";
import { useContext, useEffect, useState } from "preact/hooks";

/** Colours that charts are drawn with; pages take the same ones from the style sheet. */
export interface Theme {
  name: "light" | "dark";
  paper: string;
  ink: string;
  softInk: string;
  grid: string;
  /** Colours of 24 series; the first 8 are told apart with the common kinds of colour blindness, all stand beside shapes or words. */
  series: readonly string[];
}

const light: Theme = {
  name: "light",
  paper: "#ffffff",
  ink: "#1b1f24",
  softInk: "#57606a",
  grid: "#d8dee4",
  series: [
    ...["#0072b2", "#d55e00", "#007a5a", "#b0478a", "#7d5a00", "#2f9fd0", "#5b4bb0", "#57606a"],
    ...["#003f66", "#8f2f00", "#2fa57f", "#6e1f55", "#b8860b", "#0b7285", "#9285d6", "#24292f"],
    ...["#4d7ea8", "#e28b4f", "#5f8f1f", "#d072ad", "#a1793d", "#5fb3b3", "#3b2a86", "#8c959f"],
  ],
};

const dark: Theme = {
  name: "dark",
  paper: "#0f1318",
  ink: "#e8ecf1",
  softInk: "#a3adb8",
  grid: "#2c343e",
  series: [
    ...["#56b4e9", "#f0883e", "#2fc99a", "#e79ac5", "#e6b422", "#9dc1ff", "#b8a5ff", "#c0c8d0"],
    ...["#2b7fb8", "#c25a1c", "#8fe0c4", "#b3609a", "#b38600", "#5fc6d4", "#7e6ad6", "#ffffff"],
    ...["#a8d8f5", "#ffb98a", "#a3c95a", "#f5c6e0", "#d9c08a", "#2a9aa5", "#d9ceff", "#88929d"],
  ],
};

const storageKey = "flexboard-theme";
const prefersDark = matchMedia("(prefers-color-scheme: dark)");

export const ThemeContext = createContext<Theme>(light);

export function useTheme(): Theme {
  return useContext(ThemeContext);
}

/** The theme in use and what changes it; the choice is kept in this browser. */
export function useThemeChoice(): { theme: Theme; toggle: () => void } {
  const [name, setName] = useState(() => storedName() ?? (prefersDark.matches ? "dark" : "light"));
  useEffect(() => {
    const follow = () => {
      if (storedName() === null) setName(prefersDark.matches ? "dark" : "light");
    };
    prefersDark.addEventListener("change", follow);
    return () => prefersDark.removeEventListener("change", follow);
  }, []);
  document.documentElement.dataset.theme = name;
  const toggle = () => {
    const other = name === "dark" ? "light" : "dark";
    setName(other);
    try {
      localStorage.setItem(storageKey, other);
    } catch {
      // A frame of another site may keep nothing: the choice then holds for this page.
    }
  };
  return { theme: name === "dark" ? dark : light, toggle };
}

function storedName(): "light" | "dark" | null {
  try {
    const name = localStorage.getItem(storageKey);
    return name === "light" || name === "dark" ? name : null;
  } catch {
    return null;
  }
}
