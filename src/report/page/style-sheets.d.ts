/** A style sheet that the bundler puts beside the script that names it. */
declare module "*.css";
